/** Gate terminals. */
export default {
  terminals: {
    title: 'Gate terminals',
    about: 'ID-card readers, face terminals, turnstiles: each with its own key, told the verdict and nothing else.',
    add: 'Add a terminal',
    empty: 'There is none yet. Adding one gives a code to type at the device.',
    number: 'No.',
    nameHelp: 'Turnstile 1, south gate',
    seen: 'Last seen',
    enrolled: 'Enrolled',
    enrolling: 'Waiting for the device',
    lapsed: 'The code has expired',
    voided: 'Void',
    enrolment: 'Enrol again',
    enrolmentText: 'A new code for “{name}”. Once it is used, the key that the device has now ends.',
    void: 'Void',
    voidText: 'The key of “{name}” ends at once, for good.',
    codeTitle: 'Enrolment code',
    codeText: 'Type it at the device before {at}. It works once, and is not shown again.',
  },
}
