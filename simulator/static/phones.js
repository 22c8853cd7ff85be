// Waits for the next event and shows the page's live part anew; what is typed in the forms below it stays.
"use strict";
(async () => {
  let last = Number(document.body.dataset.last);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const show = async () => {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    const live = document.getElementById("live");
    if (!fresh || fresh.innerHTML === live.innerHTML) return;
    for (const open of live.querySelectorAll("details[open][id]")) fresh.querySelector(`#${open.id}`)?.setAttribute("open", "");
    const focused = document.activeElement && live.contains(document.activeElement) ? document.activeElement.id : "";
    live.innerHTML = fresh.innerHTML;
    if (focused) document.getElementById(focused)?.focus();
    speak();
  };
  // "Oír las llamadas": every new line of the call in progress is spoken, in its own language.
  const voice = document.getElementById("voice");
  let heard = null;
  const lines = () => [...document.querySelectorAll(".is-talking .transcript li")];
  const speak = () => {
    const now = lines();
    if (heard === null || now.length < heard) heard = heard === null ? null : 0;
    if (heard === null) return;
    if (!now.length) speechSynthesis.cancel();
    for (const line of now.slice(heard)) {
      const said = new SpeechSynthesisUtterance(line.textContent);
      said.lang = line.lang || "es-ES";
      speechSynthesis.speak(said);
    }
    heard = now.length;
  };
  if (voice && "speechSynthesis" in window) {
    voice.hidden = false;
    const button = voice.querySelector("button");
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? "Dejar de oír" : "Oír las llamadas";
      heard = on ? 0 : null;
      if (on) speak();
      else speechSynthesis.cancel();
    });
  }
  for (;;) {
    try {
      const answer = await fetch(`/_sim/events?after=${last}&timeout=20`);
      const news = await answer.json();
      if (news.last !== last) {
        last = news.last;
        await show();
      }
      await pause(150);
    } catch {
      await pause(2000);
    }
  }
})();
