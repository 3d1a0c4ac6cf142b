"use strict";
// Everything the pages do by themselves. The server draws; this only moves focus, scrolls and sends files.
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const formToken = document.body.dataset.formToken;

// ---- what may become part of a page: what the server drew, and nothing in it that loads or runs by itself. Texts are
// escaped there, so such a tag is a mistake; handlers in attributes and other addresses the page's own policy refuses.
const RUNS = /<(script|i?frame|object|embed|base|link|meta|style)\b/i;
const rules = {
  createHTML(markup) {
    if (RUNS.test(markup)) throw new TypeError("This markup would load or run something.");
    return markup;
  },
};
const policy = window.trustedTypes?.createPolicy("balas", rules) ?? rules; // browsers without it: the same rule
htmx.registerExtension("balas-policy", { init: (api) => api.initSecurity(policy) });

function notice(text, { stays = false } = {}) {
  const line = document.createElement("div");
  line.className = "notice";
  line.textContent = text;
  one("#notices").append(line);
  if (!stays) {
    setTimeout(() => line.remove(), 7000);
    return line;
  }
  const off = document.createElement("button");
  off.type = "button";
  off.className = "notice-off";
  off.textContent = "×";
  off.setAttribute("aria-label", "Dismiss");
  off.addEventListener("click", () => line.remove());
  line.append(off);
  return line;
}

// ---- every request carries the form token; an error is one sentence
document.addEventListener("htmx:config:request", (event) => {
  event.detail.ctx.request.headers["X-Form-Token"] = formToken;
});
document.addEventListener("htmx:response:error", (event) => {
  const ctx = event.detail.ctx;
  ctx.swap = "none";
  const sentence = ctx.response.headers.get("Content-Type")?.startsWith("text/plain");
  if (ctx.text) notice(sentence ? ctx.text : "That did not work. Reload the page and try again.");
});
document.addEventListener("htmx:error", (event) => {
  if (!event.target.matches?.("[data-live]")) notice("Balas could not be reached. Is it running?");
});

// ---- a website that was taken in: the list below shows how far it is
document.addEventListener("balas:reading", () => {
  one(".site-form")?.reset();
  notice("The website is being read. Its pages appear in the list as they come.");
});

// ---- questions before something is deleted or replaced, with the words of the button that asks
document.addEventListener("htmx:confirm", (event) => {
  event.preventDefault();
  const dialog = one("#confirm");
  const { confirm, sourceElement } = event.detail.ctx;
  one("#confirm-text").textContent = confirm;
  one("[value=yes]", dialog).textContent = sourceElement.dataset.yes ?? "Delete";
  one("[value=no]", dialog).textContent = sourceElement.dataset.no ?? "Keep it";
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.addEventListener(
    "close",
    () => (dialog.returnValue === "yes" ? event.detail.issueRequest() : event.detail.dropRequest()),
    { once: true },
  );
});

// ---- light or dark
all("[data-theme-switch]").forEach((button) =>
  button.addEventListener("click", () => {
    const dark = document.documentElement.classList.toggle("dark");
    localStorage.setItem("balas-theme", dark ? "dark" : "light");
  }),
);

// ---- menus close when one clicks elsewhere or presses Escape
document.addEventListener("click", (event) => {
  all("[data-menu][open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  all("[data-menu][open]").forEach((menu) => {
    menu.removeAttribute("open");
    one("summary", menu).focus();
  });
  one("#sheet")?.classList.remove("open");
});

// ---- a lost stream says so until it is back
document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status === 401) location.href = "/login";
  setOffline(true);
});
document.addEventListener("htmx:sse:after:connection", () => setOffline(false));
let offlineSince = 0;
function setOffline(lost) {
  clearTimeout(offlineSince);
  const flag = one("#offline");
  if (!flag) return;
  if (lost) offlineSince = setTimeout(() => (flag.hidden = false), 700);
  else flag.hidden = true;
}

// ---- the chat stays at its newest message unless one has scrolled up
const chat = one("[data-thread]");
if (chat) {
  const newest = one("[data-to-newest]");
  let atEnd = true;
  const toEnd = () => {
    chat.scrollTop = chat.scrollHeight;
  };
  chat.addEventListener("scroll", () => {
    atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 60;
    if (newest) newest.hidden = atEnd;
  });
  new MutationObserver(() => atEnd && toEnd()).observe(chat, { childList: true, subtree: true });
  new ResizeObserver(() => atEnd && toEnd()).observe(chat);
  newest?.addEventListener("click", toEnd);
  chat.addEventListener("balas:sent", () => {
    atEnd = true;
    toEnd();
  });
  toEnd();
  document.fonts?.ready.then(toEnd);
}
const followed = one("[data-follow]");
if (followed) {
  const box = followed.parentElement;
  new MutationObserver(() => {
    if (box.scrollHeight - box.scrollTop - box.clientHeight < 400) box.scrollTop = box.scrollHeight;
  }).observe(followed, { childList: true });
}

// ---- writing
const composer = one("[data-composer]");
if (composer) {
  const text = one("[data-text]", composer);
  const replyTo = composer.elements.reply_to;
  const answering = one("[data-answering]", composer);
  const fit = () => {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight + 2, 144)}px`;
  };
  const stopAnswering = () => {
    answering.hidden = true;
    replyTo.value = "";
  };
  text.addEventListener("input", fit);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stopAnswering();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (text.value.trim()) composer.requestSubmit();
  });
  composer.addEventListener("htmx:config:request", () => {
    // The body was gathered before this event, so the field is free for the next message.
    text.value = "";
    fit();
    stopAnswering();
    chat.dispatchEvent(new Event("balas:sent"));
    showSuggestions(false);
    text.focus();
  });
  document.addEventListener("click", (event) => {
    const ask = event.target.closest("[data-ask]");
    if (ask) {
      text.value = ask.dataset.ask;
      composer.requestSubmit();
    }
    const reply = event.target.closest("[data-reply-to]");
    if (reply) {
      const bubble = reply.closest(".bubble");
      replyTo.value = reply.dataset.replyTo;
      one("[data-answering-who]").textContent = reply.dataset.replyWho;
      one("[data-answering-text]").textContent = one(".bubble-text", bubble).textContent;
      answering.hidden = false;
      text.focus();
    }
    if (event.target.closest("[data-answering-off]")) {
      stopAnswering();
      text.focus();
    }
  });
  const suggestions = one("[data-suggestions]");
  const lamp = one("[data-suggestions-switch]");
  function showSuggestions(shown) {
    if (!lamp) return;
    suggestions.hidden = !shown;
    lamp.setAttribute("aria-expanded", String(shown));
  }
  lamp?.addEventListener("click", () => showSuggestions(suggestions.hidden));
  if (window.matchMedia("(hover: none)").matches) text.blur();
}

// ---- chat, trace and wire
function show(view) {
  const box = one("[data-view]");
  if (!box) return;
  box.dataset.view = view;
  all("[data-view-tab]").forEach((tab) => {
    const chosen = tab.dataset.viewTab === view || (view === "chat" && tab.closest(".inspector-tabs") && tab.dataset.viewTab === "trace");
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  });
  if (view === "wire") one("#view-wire").scrollTop = one("#view-wire").scrollHeight;
}
all("[data-view-tab]").forEach((tab) => tab.addEventListener("click", () => show(tab.dataset.viewTab)));
all("[role=tablist]").forEach((list) =>
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const tabs = all("[role=tab]", list);
    const at = tabs.indexOf(document.activeElement);
    if (!step || at < 0) return;
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.focus();
    next.click();
  }),
);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show-trace]");
  if (button) {
    all(".bubble.chosen").forEach((bubble) => bubble.classList.remove("chosen"));
    button.closest(".bubble").classList.add("chosen");
    if (one("[data-view-tab]")) show("trace");
    const sheet = one("#sheet");
    sheet?.classList.add("open");
    one(".view-trace").scrollTop = 0;
  }
  if (event.target.closest("[data-sheet-off]")) one("#sheet").classList.remove("open");
});
