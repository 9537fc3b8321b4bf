// Asks the browser for a passkey or security key when a form that wants one is sent, puts the answer into the form, and sends it.
// The page says beside it what a browser without a script cannot do.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const described = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }))

function shown(credential) {
  const answer = { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: {} }
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (credential.response[name]) answer.response[name] = text(credential.response[name])
  }
  answer.clientExtensionResults = {}
  return JSON.stringify(answer)
}

async function asked(form) {
  const options = JSON.parse(form.dataset.options)
  const publicKey = { ...options, challenge: bytes(options.challenge) }
  if (form.dataset.passkey === 'get') {
    publicKey.allowCredentials = described(options.allowCredentials)
    return navigator.credentials.get({ publicKey })
  }
  const typed = form.elements.namedItem('account')
  const name = (typed && typed.value.trim()) || options.user.name
  publicKey.user = { id: bytes(options.user.id), name, displayName: name }
  publicKey.excludeCredentials = described(options.excludeCredentials)
  return navigator.credentials.create({ publicKey })
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const field = form.elements.namedItem('passkey')
  const problem = form.querySelector('[data-passkey-problem]')
  let waits = false
  form.addEventListener('submit', async (event) => {
    // What is missing is said by the service, before anybody is asked for a key.
    const isMissing = [...form.querySelectorAll('input:not([type=hidden])')].some((input) => !input.value)
    if (field.value || isMissing || !window.PublicKeyCredential) return
    event.preventDefault()
    if (waits) return
    waits = true
    problem.hidden = true
    try {
      field.value = shown(await asked(form))
      form.submit()
    } catch {
      field.value = ''
      problem.hidden = false
      problem.focus()
    }
    waits = false
  })
}
