// Pages work without this. It keeps the status of a ticket current, forms from being sent twice, and takes pasted files.
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

// Files: several choices add up, screenshots can be pasted into the form and files dropped on it. Without this the field
// works by itself.
function gather(box) {
  const input = box.querySelector("input[type=file]");
  const form = input.form;
  const list = box.querySelector(".chosen");
  const { mostBytes, largest, tooLarge, remove, pasted } = box.dataset;
  let files = [];

  function show() {
    const all = new DataTransfer();
    files.forEach((file) => all.items.add(file));
    input.files = all.files;
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    const fits = bytes <= Number(mostBytes) && files.every((file) => file.size <= Number(largest));
    input.setCustomValidity(fits ? "" : tooLarge);
    list.hidden = files.length === 0;
    list.replaceChildren(...files.map((file, place) => {
      const item = document.createElement("li");
      const name = document.createElement("bdi");
      name.textContent = `${file.name} (${Math.ceil(file.size / 1000)} kB)`;
      const out = document.createElement("button");
      out.type = "button";
      out.className = "plain";
      out.textContent = remove;
      out.setAttribute("aria-label", `${remove}: ${file.name}`);
      out.addEventListener("click", () => {
        files.splice(place, 1);
        show();
        (list.querySelector("button") || input).focus();
      });
      item.append(name, out);
      return item;
    }));
    if (!fits) input.reportValidity();
  }

  function add(more) {
    const known = (file) => files.some((one) => one.name === file.name && one.size === file.size && one.lastModified === file.lastModified);
    files = files.concat([...more].filter((file) => !known(file)));
    show();
  }

  box.querySelector("[data-with-script]").hidden = false;
  input.addEventListener("change", () => add(input.files));
  form.addEventListener("paste", (event) => {
    const pictures = [...event.clipboardData.files];
    if (pictures.length === 0) return;
    event.preventDefault();
    const named = (file, place) => new File([file], `${pasted}-${files.length + place + 1}.${file.type.split("/")[1] || "bin"}`, { type: file.type });
    add(pictures.map((file, place) => (/^image\.\w+$/.test(file.name) ? named(file, place) : file)));
  });
  form.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    box.classList.add("over");
  });
  form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) box.classList.remove("over"); });
  form.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    box.classList.remove("over");
    add(event.dataTransfer.files);
  });
}

document.querySelectorAll("[data-files]").forEach(gather);
document.querySelectorAll("[data-poll]").forEach(follow);
document.querySelectorAll("form[method=post]").forEach(sendOnce);
