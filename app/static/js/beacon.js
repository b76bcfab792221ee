/* Tells the platform once an hour that scripts run here, and whether a program drives the browser: page views from data
   centres without this are not counted as people's. No name, no cookie, nothing kept but the hour, for this tab. */
const KEY = "beacon";
const hour = String(Math.floor(Date.now() / 3_600_000));

function told() {
  try {
    if (sessionStorage.getItem(KEY) === hour) return true;
    sessionStorage.setItem(KEY, hour);
  } catch {
    /* A browser that keeps nothing tells it with each page. */
  }
  return false;
}

if (!told()) {
  fetch(navigator.webdriver ? "/beacon?driven=1" : "/beacon", { keepalive: true, headers: { accept: "text/plain" } }).catch(() => {});
}
