// A search box over a long list: hides the options that do not contain the words.
import { normalise } from "./counter.js";

const marked = new WeakSet();
const key = (text) => normalise(text).toLowerCase().replaceAll("台", "臺");

export function startSearches(root) {
  for (const box of root.querySelectorAll('[data-module="lc-search"]')) {
    const search = box.querySelector("input[type=search]");
    const list = box.querySelector("select");
    if (!search || !list || marked.has(search)) continue;
    marked.add(search);
    box.querySelector("[data-search-box]").hidden = false;
    const status = box.querySelector("[data-search-status]");
    const all = Array.from(list.options).map((option) => [option, key(option.text)]);
    search.addEventListener("input", () => {
      const words = key(search.value).split(/\s+/).filter(Boolean);
      const found = all.filter(
        ([option, text]) =>
          option.selected || !option.value || words.every((word) => text.includes(word)),
      );
      list.replaceChildren(...found.map(([option]) => option));
      const count = found.filter(([option, text]) => option.value && words.every((word) => text.includes(word))).length;
      status.textContent = words.length ? box.dataset.found.replace("{count}", count) : "";
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
}
