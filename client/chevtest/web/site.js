"use strict";

// Copy buttons of the viewer page.
for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

// The gallery looks for new files while somebody is looking at it, and keeps
// the page as it is when there are none.
const seconds = Number(document.body.dataset.refresh);
if (seconds > 0) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      const shown = document.querySelector("main");
      if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(document.importNode(fresh, true));
    } catch {
      // The host has gone; the page stays as it is.
    }
  }, seconds * 1000);
}
