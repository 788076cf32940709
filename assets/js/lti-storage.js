// Speaks with the storage of the platform around this frame (1EdTech "LTI Client Side
// postMessages"): puts the proof of a login there, or asks for it. Whatever the answer, and if
// none comes in time, the launch goes on; the server decides what that means.
(function () {
  const part = document.querySelector("[data-lti-storage]");
  if (!part) return;
  const { origin, target, key, value, ltiStorage: errand } = part.dataset;
  const form = part.querySelector("form");
  let over = false;

  function goOn(answer) {
    if (over) return;
    over = true;
    if (!form) {
      // replace: going back must not come to this page again.
      window.location.replace(part.querySelector("a").href);
      return;
    }
    form.querySelector("[data-answer]").value = answer || "";
    form.submit();
  }

  // The frame that keeps things is a sibling of ours, or the page around us itself.
  function storage() {
    if (window.parent === window || !origin) return null; // a window of its own
    if (target === "_parent") return window.parent;
    try {
      return window.parent.frames[target] || null;
    } catch (foreign) {
      return null; // no frame of that name
    }
  }

  function send(message) {
    const words = new Uint32Array(4);
    message.message_id = Array.from(window.crypto.getRandomValues(words), (one) =>
      one.toString(16).padStart(8, "0"),
    ).join("");
    keeper.postMessage(message, origin);
    return message;
  }

  const keeper = storage();
  if (!keeper) {
    goOn("");
    return;
  }
  let asked = {};
  window.addEventListener("message", (event) => {
    const said = event.data;
    if (event.origin !== origin || typeof said !== "object" || said === null) return;
    if (said.subject !== `${asked.subject}.response` || said.message_id !== asked.message_id) return;
    if (errand === "get" && !said.error && typeof said.value === "string") {
      send({ subject: "lti.put_data", key, value: null }); // used up: nothing of it stays behind
      goOn(said.value);
    } else {
      goOn("");
    }
  });
  window.setTimeout(goOn, Number(part.dataset.wait), "");
  try {
    asked = send(
      errand === "put"
        ? { subject: "lti.put_data", key, value }
        : { subject: "lti.get_data", key },
    );
  } catch (refused) {
    goOn("");
  }
})();
