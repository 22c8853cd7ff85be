// What a customer has typed into the form of a new ticket is kept in this browser, and offered again after a page that
// failed or was closed. Never kept: files, hidden fields, and texts in which something looks like a password or key.
// Gone when the ticket is open, on signing out, and after a week. Without this the form works as well.
"use strict";

const DRAFTS = "guardia-draft:";
const DRAFT_KEPT_MS = 7 * 24 * 3600 * 1000;
const DRAFT_PAUSE_MS = 400;
const SECRETS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\b(?:gh[pousr]_[A-Za-z0-9]{30}|gdt_[A-Za-z0-9]{20}|xox[abprs]-[A-Za-z0-9-]{10})/,
  /\beyJ[A-Za-z0-9_-]{10,500}\.[A-Za-z0-9_-]{10}/,
  /:\/\/[^\s/:@]{1,100}:[^\s/@]{1,100}@/,
  /(?:pass(?:word|wd|phrase)?|pwd|contraseñ?a|contrasenya|clave|secret|token|api[_-]?key|access[_-]?key)["']?\s*(?:[=:]|\s(?:es|is)\s)/i,
];

let leaving = false; // signing out: nothing is kept on the way

// Storage may be full, or forbidden by the browser's settings: then there are no drafts, and nothing else is missing.
function storage(act) {
  try { return act(window.localStorage); } catch (error) { return null; }
}

function draftOf(name) {
  return storage((kept) => JSON.parse(kept.getItem(name) || "null"));
}

function forget(matches) {
  storage((kept) => Object.keys(kept).filter((name) => name.startsWith(DRAFTS) && matches(draftOf(name))).forEach((name) => kept.removeItem(name)));
}

function keepDraft(form) {
  const name = DRAFTS + form.dataset.draft;
  const offer = document.querySelector("[data-draft-offer]");
  const key = form.elements.key;
  const fresh = key.value;
  const fields = [...form.elements].filter((one) => one.name && !["hidden", "file", "submit", "password"].includes(one.type));
  const begun = JSON.stringify(values());
  let waiting = null;

  function values() {
    const typed = fields.map((one) => [one.name, one.type === "checkbox" ? one.checked : one.value]);
    return Object.fromEntries(typed.filter(([, value]) => value !== "" && value !== false && !SECRETS.some((secret) => secret.test(value))));
  }

  // `sent` is the key under which it left: sent once more as it was, it leads to the same ticket.
  function save(sent) {
    clearTimeout(waiting);
    waiting = null;
    if (leaving) return;
    const now = values();
    if (JSON.stringify(now) === begun && !sent) storage((kept) => kept.removeItem(name));
    else storage((kept) => kept.setItem(name, JSON.stringify({ at: Date.now(), sent, values: now })));
  }

  function use(draft) {
    for (const one of fields) {
      if (one.type === "checkbox") one.checked = draft.values[one.name] === true;
      else if (one.name in draft.values) one.value = draft.values[one.name];
      if (one.name in draft.values && one.closest("details")) one.closest("details").open = true;
    }
    if (draft.sent) key.value = draft.sent;
    offer.hidden = true;
    fields[0].focus();
  }

  form.addEventListener("input", () => {
    key.value = fresh;
    clearTimeout(waiting);
    waiting = setTimeout(() => save(null), DRAFT_PAUSE_MS);
  });
  form.addEventListener("submit", () => save(key.value));
  window.addEventListener("pagehide", () => { if (waiting !== null) save(null); });

  const draft = draftOf(name);
  if (!draft || !offer || JSON.stringify(draft.values) === begun) return;
  offer.querySelector("[data-draft-at]").textContent = new Date(draft.at).toLocaleString(document.documentElement.lang);
  offer.querySelector("[data-draft-use]").addEventListener("click", () => use(draft));
  offer.querySelector("[data-draft-discard]").addEventListener("click", () => {
    storage((kept) => kept.removeItem(name));
    offer.hidden = true;
    fields[0].focus();
  });
  offer.hidden = false;
}

forget((draft) => !draft || Date.now() - draft.at > DRAFT_KEPT_MS);
document.querySelectorAll("[data-draft-sent]").forEach((one) => forget((draft) => draft.sent === one.dataset.draftSent));
document.querySelectorAll("[data-forget-drafts]").forEach((one) => one.addEventListener("submit", () => {
  leaving = true;
  forget(() => true);
}));
document.querySelectorAll("form[data-draft]").forEach(keepDraft);
