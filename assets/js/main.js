// Starts every part on the page, and again on what htmx puts into it.
import { initAll } from "./vendor/govuk-frontend.js";
import { startAutosave } from "./autosave.js";
import { startCounters, startEssays } from "./counter.js";
import { startClocks } from "./clock.js";
import { startCopies } from "./copy.js";
import { startDesk } from "./desk.js";
import { startHandOver } from "./hand-over.js";
import { startKeys } from "./keys.js";
import { startLmsClose } from "./lms-close.js";
import { startLookups } from "./lookup.js";
import { startOnce } from "./once.js";
import { startPicks } from "./pick.js";
import { startSearches } from "./search.js";
import { startTables } from "./table.js";
import { startTalk } from "./talk.js";
import { startUnsaved } from "./unsaved.js";
import { startUploads } from "./upload.js";

function start(root) {
  startUploads(root);
  startOnce(root);
  startUnsaved(root);
  startAutosave(root);
  startCounters(root);
  startEssays(root);
  startLookups(root);
  startClocks(root);
  startSearches(root);
  startPicks(root);
  startTables(root);
  startLmsClose(root);
  startCopies(root);
  startHandOver(root);
  startDesk(root);
  startTalk(root);
}

initAll();
start(document);
startKeys(document);

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token && token.content) event.detail.headers["X-CSRFToken"] = token.content;
});
// New content comes by htmx, or by an upload that was answered with the form again.
function refresh(part) {
  if (part === document.body) return;
  initAll({ scope: part });
  start(part);
}
document.addEventListener("htmx:load", (event) => refresh(event.detail.elt));
document.addEventListener("lc:fresh", (event) => {
  refresh(event.detail);
  if (window.htmx) window.htmx.process(event.detail);
});
