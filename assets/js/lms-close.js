// After a dynamic registration the LMS waits in the opening window for this message
// (LTI Dynamic Registration 1.0, "Tool registration response and closing").
const marked = new WeakSet();

export function startLmsClose(root) {
  for (const part of root.querySelectorAll("[data-lms-close]")) {
    if (marked.has(part)) continue;
    marked.add(part);
    const origin = part.dataset.lmsClose;
    const lms = window.opener || (window.parent !== window ? window.parent : null);
    const close = () => lms && lms.postMessage({ subject: "org.imsglobal.lti.close" }, origin);
    if (!lms || !origin) continue;
    for (const button of part.querySelectorAll("button")) {
      button.hidden = false;
      button.addEventListener("click", close);
    }
    if ("lmsCloseNow" in part.dataset) close();
  }
}
