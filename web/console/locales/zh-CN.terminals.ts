/** 门岗终端。 */
export default {
  terminals: {
    title: '门岗终端',
    about: '身份证读卡机、人脸终端、闸机：用自己的密钥提交，只得到放行结论。',
    add: '添加终端',
    empty: '还没有终端。添加后会得到一个注册码，在设备上输入即可。',
    number: '编号',
    nameHelp: '如：南门一号闸机',
    seen: '最近在线',
    enrolled: '已注册',
    enrolling: '等待设备注册',
    lapsed: '注册码已过期',
    voided: '已作废',
    enrolment: '重新注册',
    enrolmentText: '将为“{name}”生成新的注册码。新码用过后，设备原来的密钥立即失效。',
    void: '作废',
    voidText: '“{name}”的密钥立即失效，不能恢复。',
    codeTitle: '设备注册码',
    codeText: '请在设备上输入，{at} 前有效，只能用一次。关闭后不再显示。',
  },
}
