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
