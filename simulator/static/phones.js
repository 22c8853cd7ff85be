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
    const focused = document.activeElement && live.contains(document.activeElement) ? document.activeElement.id : "";
    live.innerHTML = fresh.innerHTML;
    if (focused) document.getElementById(focused)?.focus();
  };
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
