// Pages work without this. It keeps the status of a ticket current and forms from being sent twice.
"use strict";

const NETWORK_TROUBLE_AFTER = 3;

function follow(region) {
  const url = region.dataset.poll;
  const pause = Number(region.dataset.pollSeconds || "2") * 1000;
  let etag = region.dataset.etag || "";
  let failures = 0;

  async function look() {
    if (document.hidden) return pause;
    const answer = await fetch(url, {
      headers: etag ? { "If-None-Match": etag } : {},
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") || "";
      swap(region, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } else if (answer.status !== 304) {
      throw new Error(String(answer.status));
    }
    return pause;
  }

  async function again() {
    let wait = pause;
    try {
      wait = await look();
      failures = 0;
    } catch (error) {
      failures += 1;
      wait = Math.min(pause * 2 ** failures, 30000);
    }
    stale(region, failures >= NETWORK_TROUBLE_AFTER);
    setTimeout(again, wait);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) look().catch(() => {}); });
  setTimeout(again, pause);
}

// Only the parts that differ are replaced, so that a screen reader hears what is new and nothing else, and the keyboard
// focus stays where it is.
function swap(region, fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = region.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old || same(old, part)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : null;
    old.className = part.className;
    old.replaceChildren(...part.childNodes);
    if (focused !== null) (document.getElementById(focused) || region.querySelector("[data-part]")).focus();
  }
}

// Forms carry a fresh token each time they are drawn; that alone is no news.
function same(one, other) {
  const plain = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("input[name=csrf_token]").forEach((input) => input.remove());
    return copy.className + copy.innerHTML;
  };
  return plain(one) === plain(other);
}

function stale(region, is) {
  const note = region.querySelector(".stale");
  if (note) note.hidden = !is;
}

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // A page that comes back out of the browser's memory must be usable again.
    window.addEventListener("pageshow", (shown) => { if (shown.persisted) delete form.dataset.sent; });
    setTimeout(() => delete form.dataset.sent, 8000);
  });
}

document.querySelectorAll("[data-poll]").forEach(follow);
document.querySelectorAll("form[method=post]").forEach(sendOnce);
