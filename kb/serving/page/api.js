// Requests. The token comes in the address's fragment, which no browser sends; then it is kept for
// this tab alone.

export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return false;
  keepToken(given);
  history.replaceState(null, "", location.pathname);
  return true;
}

export const keepToken = (token) => sessionStorage.setItem("token", token);
export const hasToken = () => Boolean(sessionStorage.getItem("token"));

export async function call(path, options = {}) {
  const token = sessionStorage.getItem("token") || "";
  // A header takes no characters beyond Latin-1; such a token is wrong anyhow.
  const safe = /^[\x21-\x7e]*$/.test(token) ? token : "";
  const headers = { ...options.headers };
  if (safe) headers.Authorization = `Bearer ${safe}`;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const response = await fetch(path, { ...options, headers, body });
  if (response.ok) return response;
  const { error } = await response.json();
  throw { ...error, status: response.status };
}

// A file, with what was sent so far: fetch does not tell it.
export function send(path, file, told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Authorization", `Bearer ${sessionStorage.getItem("token")}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => told(event.loaded / event.total));
    request.addEventListener("error", () => reject({}));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve();
      else reject({ ...JSON.parse(request.responseText).error, status: request.status });
    });
    request.send(file);
  });
}

export const get = async (path, options) => (await call(path, options)).json();

export async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) yield JSON.parse(line);
  }
}
