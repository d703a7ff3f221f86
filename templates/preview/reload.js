// Loads the page anew when what it shows has changed. A page that nobody sees keeps no connection open: a browser has
// few of them for one server.
"use strict";
{
  const shown = document.currentScript.dataset.state;
  let events = null;
  const listen = () => {
    if (document.hidden) {
      events?.close();
      events = null;
    } else if (events === null) {
      events = new EventSource("/.tamspec/events");
      events.onmessage = (message) => {
        if (message.data !== shown) location.reload();
      };
    }
  };
  document.addEventListener("visibilitychange", listen);
  listen();
}
