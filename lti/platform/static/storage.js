"use strict";
// Platform storage for tools in frames (LTI Client Side postMessages, LTI postMessage Storage).
// In the page around a tool: says which frame stores, or stores itself where none is named.
// In the storage frame: stores, for each tool's origin apart.
(function () {
  var here = (document.currentScript && document.currentScript.dataset.ltiOrigins !== undefined
    ? document.currentScript : document.body).dataset;
  var origins = here.ltiOrigins.split(" ");
  var frame = here.ltiFrame;
  var LONGEST = 4096;
  var MOST = 500;
  var memory = new Map();

  // With all cookies blocked there is no localStorage; what is needed lives for one launch only.
  function shelf() {
    try {
      window.localStorage.getItem("lti");
      return window.localStorage;
    } catch (blocked) {
      return {
        getItem: function (key) { return memory.has(key) ? memory.get(key) : null; },
        setItem: function (key, value) { memory.set(key, value); },
        removeItem: function (key) { memory.delete(key); },
        key: function (at) { return Array.from(memory.keys())[at]; },
        get length() { return memory.size; },
      };
    }
  }

  function held(store, prefix) {
    var count = 0;
    for (var at = 0; at < store.length; at += 1) {
      if (store.key(at).indexOf(prefix) === 0) {
        count += 1;
      }
    }
    return count;
  }

  function refusal(code, text) {
    return { error: { code: code, message: text } };
  }

  function stored(data, origin) {
    if (typeof data.key !== "string" || !data.key) {
      return refusal("bad_request", "key must be a string");
    }
    var prefix = "lti " + origin + " ";
    var store = shelf();
    if (data.subject === "lti.get_data") {
      return { key: data.key, value: store.getItem(prefix + data.key) };
    }
    if (data.value === null) {
      store.removeItem(prefix + data.key);
      return { key: data.key, value: null };
    }
    if (typeof data.value !== "string") {
      return refusal("bad_request", "value must be a string or null");
    }
    if (data.key.length + data.value.length > LONGEST || held(store, prefix) >= MOST) {
      return refusal("storage_exhaustion", "no room for this");
    }
    store.setItem(prefix + data.key, data.value);
    return { key: data.key, value: data.value };
  }

  function capabilities() {
    return {
      supported_messages: ["lti.capabilities", "lti.put_data", "lti.get_data"].map(function (name) {
        var one = { subject: name };
        if (frame && name !== "lti.capabilities") {
          one.frame = frame;
        }
        return one;
      }),
    };
  }

  function answered(data, origin) {
    if (origins.indexOf(origin) < 0) {
      return refusal("wrong_origin", "this origin is no registered tool's");
    }
    if (data.subject === "lti.capabilities") {
      return capabilities();
    }
    if (typeof data.message_id !== "string" || !data.message_id) {
      return refusal("bad_request", "message_id must be a string");
    }
    // Where a frame stores, the page around does not.
    if (!frame && (data.subject === "lti.put_data" || data.subject === "lti.get_data")) {
      return stored(data, origin);
    }
    return refusal("unsupported_subject", "not here");
  }

  window.addEventListener("message", function (event) {
    var data = event.data;
    if ("ltiSilent" in here || !event.source || event.origin === window.location.origin) {
      return;
    }
    if (!data || typeof data.subject !== "string" || data.subject.indexOf("lti.") !== 0 ||
        data.subject.slice(-9) === ".response" || event.origin === "null") {
      return;
    }
    var answer = { subject: data.subject + ".response", message_id: data.message_id };
    event.source.postMessage(Object.assign(answer, answered(data, event.origin)), event.origin);
  });
})();
