"use strict";
(() => {
  const root = document.documentElement;
  const groups = document.querySelector(".languages");
  const form = document.querySelector(".search");
  const field = document.getElementById("search");
  const found = document.getElementById("search-found");
  const records = [...document.querySelectorAll("article")];
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
  const texts = records.map((one) => plain(one.textContent));
  groups.hidden = form.hidden = false;

  const speak = (language) => {
    root.dataset.lang = language;
    root.lang = language === "en" ? "en" : "zh-Hant-TW";
    for (const button of groups.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.set === language));
    }
    tell();
  };
  const shown = () => records.filter((one) => !one.hidden);
  const tell = () => {
    const words = found.dataset[root.dataset.lang];
    found.textContent = field.value.trim() ? words.replace("{n}", shown().length) : "";
  };
  const search = () => {
    const wanted = plain(field.value).split(" ").filter(Boolean);
    records.forEach((one, at) => {
      one.hidden = !wanted.every((word) => texts[at].includes(word));
    });
    tell();
  };
  groups.addEventListener("click", (event) => {
    if (event.target.dataset.set) speak(event.target.dataset.set);
  });
  field.addEventListener("input", search);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      search();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = shown()[0];
    if (first) first.focus();
  });
  const start = navigator.language.startsWith("zh") ? "zh" : "en";
  speak(start);
})();
