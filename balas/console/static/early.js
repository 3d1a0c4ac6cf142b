"use strict";
// Before the first paint: the chosen colours, and the clock's offset for times written by the server.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem("balas-theme");
    document.documentElement.classList.toggle("dark", chosen ? chosen === "dark" : system.matches);
  };
  apply();
  system.addEventListener("change", apply);
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const offset = -new Date().getTimezoneOffset();
  document.cookie = `balas_utc_offset=${offset}; path=/; max-age=31536000; SameSite=Lax${secure}`;
})();
