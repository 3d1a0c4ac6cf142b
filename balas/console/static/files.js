"use strict";
// Files that are dropped onto a page or chosen there. Needs console.js before it.
const stay = (event) => event.preventDefault(); // the browser asks before it leaves the page and forgets the rest
async function send(files, zone) {
  const audience = one("[data-audience]")?.value.trim();
  const most = Number(zone.dataset.dropMost);
  window.addEventListener("beforeunload", stay);
  for (const [at, file] of files.entries()) {
    if (file.size > most) {
      // Not left to the server: it refuses before it has read all, which a browser takes for a lost connection.
      notice(`${file.name} is larger than ${Math.floor(most / 1048576)} MB. Split it.`, { stays: true });
      continue;
    }
    const what = new URLSearchParams({ name: file.name, ...(audience && { audience }) });
    let line;
    const slow = setTimeout(() => {
      const of = files.length > 1 ? ` (${at + 1} of ${files.length})` : "";
      line = notice(`Sending ${file.name}${of}…`, { stays: true });
    }, 800);
    try {
      const answer = await fetch(`${zone.dataset.drop}?${what}`, {
        method: "POST",
        body: file,
        headers: { "X-Form-Token": formToken, "HX-Request": "true", "Content-Type": "application/octet-stream" },
      });
      if (answer.status === 401) {
        window.removeEventListener("beforeunload", stay);
        location.href = "/login";
        return;
      }
      const said = await answer.text();
      // Of many files some may be refused: that is read one by one.
      if (said) notice(answer.ok ? said : `${file.name}: ${said}`, { stays: !answer.ok });
    } catch {
      notice(`${file.name} could not be sent. Is Balas running?`, { stays: true });
    } finally {
      clearTimeout(slow);
      line?.remove();
    }
  }
  window.removeEventListener("beforeunload", stay);
}
all("[data-drop]").forEach((zone) => {
  let inside = 0;
  const veil = document.createElement("div");
  veil.className = "drop-here";
  veil.textContent = zone.dataset.dropSay;
  const stage = one(".phone", zone) ?? zone;
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  zone.addEventListener("dragenter", (event) => {
    if (carries(event) && ++inside === 1) stage.append(veil);
  });
  zone.addEventListener("dragleave", (event) => {
    if (carries(event) && --inside <= 0) veil.remove();
  });
  zone.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  zone.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    inside = 0;
    veil.remove();
    send([...event.dataTransfer.files], zone);
  });
  all("[data-files]", zone).forEach((input) =>
    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      await send(files, zone);
    }),
  );
});
