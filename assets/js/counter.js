// The live counter of a summary. `normalise` and `countPoints` are the twins of forms/text.py;
// tests/forms/test_text.py runs both on the same texts.

// Unicode White_Space and the byte order mark; trim() takes away another set.
const TRIMMED =
  "\\t\\n\\u000b\\u000c\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const LEADING = new RegExp(`^[${TRIMMED}]+`, "u");
const TRAILING = new RegExp(`[${TRIMMED}]+$`, "u");

export function normalise(text) {
  return text
    .replace(/\r\n?/g, "\n")
    .normalize("NFC")
    .replace(LEADING, "")
    .replace(TRAILING, "");
}

export function countPoints(text) {
  return Array.from(normalise(text)).length;
}

// Neither punctuation nor symbols nor white space nor marks: the twin of forms/text.py.
const UNCOUNTED = /[\p{P}\p{S}\p{Z}\p{M}\p{Cc}\p{Cf}\u{1F000}-\u{1FBFF}]/u;

export function countLetters(text) {
  return Array.from(normalise(text)).filter((one) => !UNCOUNTED.test(one)).length;
}

const marked = new WeakSet();

export function startCounters(root) {
  for (const box of root.querySelectorAll('[data-module="lc-count"]')) {
    const area = box.querySelector("[data-count]");
    if (!area || marked.has(area)) continue;
    marked.add(area);
    const limit = Number(area.dataset.count);
    const line = document.getElementById(`${area.id}-count`);
    const live = box.querySelector("[data-count-live]");
    let waiting = 0;
    const show = () => {
      const count = countPoints(area.value);
      const over = count > limit;
      const words = (over ? box.dataset.over : box.dataset.remaining)
        .replace("{count}", count)
        .replace("{rest}", limit - count)
        .replace("{over}", count - limit);
      line.textContent = words;
      line.classList.toggle("lc-count--over", over);
      // A screen reader hears the figure when typing pauses, not at every key.
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => (live.textContent = words), 1000);
    };
    area.addEventListener("input", show);
    if (area.value) show();
  }
}

// An essay has a length that is recommended, not a limit.
export function startEssays(root) {
  for (const box of root.querySelectorAll('[data-module="lc-essay"]')) {
    const area = box.querySelector("textarea");
    if (!area || marked.has(area)) continue;
    marked.add(area);
    const low = Number(box.dataset.low);
    const high = Number(box.dataset.high);
    const line = document.getElementById(`${area.id}-count`);
    const live = box.querySelector("[data-count-live]");
    let waiting = 0;
    const show = () => {
      const count = countLetters(area.value);
      const words = count < low ? box.dataset.less : count > high ? box.dataset.more : box.dataset.right;
      line.textContent = words
        .replace("{count}", count)
        .replace("{less}", low - count)
        .replace("{more}", count - high);
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => (live.textContent = line.textContent), 1000);
    };
    area.addEventListener("input", show);
    if (area.value) show();
  }
}
