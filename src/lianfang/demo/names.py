"""Names of places and people: common words, put together at random. Bureaus, roads and towns are those of any county."""

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ESTATE_WORDS: Final = _words(
    "鼓楼 汤泉 温泉 白河 红河 赤新 朝阳 光明 金阁 海陀 云峰 锦绣 福泰 御景 龙泉 安康 兴业 和平 育才 文昌 永安 祥和 富康 瑞丰 康宁 "
    "东苑 西苑 南苑 北苑 滨河 山水 翠屏 长安 新华 建设 幸福"
)
ESTATE_KINDS: Final = _words("小区 花园 家园 嘉园 佳苑")
GATES: Final = _words("南门 北门 东门 西门 正门")

BUREAUS: Final = _words(
    "县委办公室 县政府办公室 人大常委会办公室 政协办公室 纪委监委 县委组织部 县委宣传部 县委统战部 县委政法委 机构编制办公室 信访局 "
    "发展和改革局 教育和体育局 科技和工业信息化局 公安局 民政局 司法局 财政局 人力资源和社会保障局 自然资源和规划局 生态环境分局 "
    "住房和城乡建设局 交通运输局 水务局 农业农村局 商务局 文化广电和旅游局 卫生健康局 退役军人事务局 应急管理局 审计局 行政审批局 "
    "市场监督管理局 统计局 医疗保障局 乡村振兴局 林业和草原局 城市管理综合行政执法局 税务局 气象局 总工会 青年联合会 妇女联合会 "
    "科学技术协会 工商业联合会 残疾人联合会 红十字会 文学艺术界联合会 人民法院 人民检察院 档案馆 县委党校 融媒体中心 疾病预防控制中心 "
    "妇幼保健服务中心 政务服务大厅 公共资源交易中心 供销合作社 烟草专卖局 邮政分公司 供电分公司 住房公积金管理部 不动产登记中心 "
    "就业服务局 社会保险服务中心 公路养护中心 图书馆 文化馆 博物馆 消防救援大队 交通警察大队 机关事务服务中心 城市管理指挥中心 "
    "农业技术推广站 动物疫病预防控制中心 体育中心"
)

SCHOOLS: Final = _words(
    "第一中学 第二中学 第三中学 第四中学 职业技术教育中心 第一小学 第二小学 第三小学 第四小学 第一幼儿园 第二幼儿园"
)

COMPANY_WORDS: Final = _words(
    "云顶泉 鹿鸣谷 白桦岭 金莲川 望海陀 松涛里 杏花沟 红石湾 青羊坡 月牙泉 雁归来 北燕山 长城脚 春晖田 麦香园 石榴红"
)
COMPANY_KINDS: Final = _words("农业开发 果品 食品 商贸 建筑工程 旅游开发 物业服务 新能源 矿业 建材 杂粮加工 汽车维修")

SHOP_WORDS: Final = _words("惠民 家家福 万客来 好邻居 百姓 乐购家 金穗 天天鲜 同心 益寿 康乐 四季 丰收 喜洋洋")
SHOP_KINDS: Final = _words("超市 便利店 大药房 农贸市场 百货商店 粮油店 五金日杂")

SURNAMES: Final = _words(
    "王 王 王 李 李 李 张 张 张 张 刘 刘 刘 陈 杨 杨 赵 赵 赵 孙 马 郭 郭 高 高 宋 梁 韩 冯 董 程 曹 袁 许 沈 曾 彭 吕 苏 卢 蒋 蔡 "
    "贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 孟 龙 万 段 "
    "雷 钱 汤 尹 黎 易 常 武 乔 贺 赖 龚 文 亓 仝 逄 昝 欧阳 司马 上官"
)
GIVEN_OLDER: Final = _words(
    "秀英 桂英 玉兰 建国 建军 国强 志强 德福 富贵 秀兰 凤英 淑珍 玉梅 永贵 满仓 长生 占山 万福 振江 景山 桂花 金莲 翠英 有才 "
    "守信 爱国 卫东 红梅 秀珍 玉珍 德明 宝山 春生 秋菊 兰芳 喜才 庆丰"
)
GIVEN_GROWN: Final = _words(
    "伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 海燕 海涛 晓东 丽娜 志刚 建华 文静 雪梅 立新 春梅 小红 永强 "
    "晓燕 国庆 丽华 海霞 俊杰 爱华 志鹏 艳红 鹏飞 亚楠 晨光 佳 婷 宇 帅 倩 璐 喆 堃 㛃 䶮 𬱖"
)
GIVEN_YOUNG: Final = _words(
    "子涵 梓萱 浩然 宇轩 欣怡 雨桐 子轩 思琪 一诺 佳琪 博文 天佑 梦瑶 诗涵 俊熙 可馨 语桐 沐辰 奕辰 若汐 皓轩 昊然 芷若 铭泽 "
    "睿 萌 彤 昕玥 雨泽 锦程 家豪 晨曦 嘉怡 紫萱 弈㛃"
)

# Residents whose names and documents are not the usual ones: what forms and tables must hold without breaking.
GUESTS: Final = (
    ("阿依古丽·买买提", "resident_id"),
    ("迪丽努尔·阿卜杜热合曼·吐尔逊", "resident_id"),
    ("那日苏", "resident_id"),
    ("斯琴格日乐", "resident_id"),
    ("扎西多吉", "resident_id"),
    ("尼玛·次仁卓玛", "resident_id"),
    ("John Fitzgerald Smith", "passport"),
    ("Aigerim Nurlanova", "passport"),
    ("Nguyễn Thị Ngọc Ánh", "passport"),
    ("José María García López", "passport"),
    ("陳大文", "hk_macau_permit"),
    ("何婉鴻", "hk_macau_permit"),
    ("林語瑤", "taiwan_permit"),
    ("Zoë van der Berg", "foreign_permanent_resident"),
)
