/* A form marked data-passkey is answered by a passkey: the browser is asked for one, and what it says goes along as
   "credential". Until then, and where no passkeys are known, these forms stay hidden; password and code need no script. */
const ABLE = window.PublicKeyCredential !== undefined && navigator.credentials !== undefined;
const SAID = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function options(said) {
  const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...said,
    challenge: bytes(said.challenge),
    ...(said.user && { user: { ...said.user, id: bytes(said.user.id) } }),
    ...(said.excludeCredentials && { excludeCredentials: known(said.excludeCredentials) }),
    ...(said.allowCredentials && { allowCredentials: known(said.allowCredentials) }),
  };
}

function said(credential) {
  const answer = credential.response;
  const response = Object.fromEntries(SAID.filter((name) => answer[name]).map((name) => [name, text(answer[name])]));
  if (answer.getTransports) response.transports = answer.getTransports();
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function ask(form) {
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/json",
    "X-CSRF-Token": form.elements.csrf_token.value,
  };
  const purpose = form.dataset.passkey;
  const asked = await fetch("/session/passkey/challenge", { method: "POST", headers, body: JSON.stringify({ purpose }) });
  const answer = await asked.json();
  if (!asked.ok) throw new Error(answer.detail);
  const publicKey = options(answer);
  return purpose === "register" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
}

function tell(form, words) {
  const fault = form.querySelector("[data-passkey-fault]");
  fault.textContent = words;
  fault.hidden = !words;
}

async function answer(form, button) {
  tell(form, "");
  form.setAttribute("data-asking", "");
  try {
    form.elements.credential.value = said(await ask(form));
    form.requestSubmit(button);
  } catch (error) {
    const words = form.dataset;
    const known = { NotAllowedError: words.passkeyCancelled, InvalidStateError: words.passkeyKnown };
    tell(form, known[error.name] ?? (error instanceof DOMException ? words.passkeyFailed : error.message));
  } finally {
    form.removeAttribute("data-asking");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-passkey]") || form.elements.credential.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!form.hasAttribute("data-asking")) answer(form, event.submitter);
}, { capture: true });

function show() {
  for (const place of document.querySelectorAll("[data-passkey-place]")) place.hidden = !ABLE;
  for (const note of document.querySelectorAll("[data-passkey-absent]")) note.hidden = ABLE;
}
document.addEventListener("htmx:afterSettle", show);
/* Back from the next page: what was answered once is not sent again. */
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-passkey]")) form.elements.credential.value = "";
});
show();
