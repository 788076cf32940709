// After a dynamic registration the LMS waits in the opening window for this message
// (LTI Dynamic Registration 1.0, "Tool registration response and closing").
//
// It goes to the origins of the platform that was registered and to nobody else. Canvas has several
// (configuration, account and login lie on different hosts), so each gets its own message; a window
// of another origin is never shown it.
const marked = new WeakSet();

export function startLmsClose(root) {
  for (const part of root.querySelectorAll("[data-lms-close]")) {
    if (marked.has(part)) continue;
    marked.add(part);
    const origins = part.dataset.lmsClose.split(" ").filter((one) => /^https?:\/\//.test(one));
    const subject = part.dataset.lmsSubject || "org.imsglobal.lti.close";
    const lms = window.opener || (window.parent !== window ? window.parent : null);
    if (!lms || !origins.length) continue;
    const close = () => {
      for (const origin of origins) lms.postMessage({ subject }, origin);
    };
    for (const button of part.querySelectorAll("button")) {
      button.hidden = false;
      button.addEventListener("click", close);
    }
    for (const words of part.querySelectorAll("[data-lms-close-not]")) words.hidden = true;
    if ("lmsCloseNow" in part.dataset) close();
  }
}
