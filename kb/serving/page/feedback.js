// Whether an answer helped, and why: kept with the conversation, for whoever runs the server.

import { call } from "./api.js";
import { announce, made, named, say } from "./texts.js";
import { complain } from "./turn.js";

// Of a turn: `where` are the ids { conversation, turn }; `feedback` is what was said, or null.
export function judging(turn) {
  const { where, feedback: before } = turn;
  const box = made("div", "", "judging");
  const row = made("div", "", "row");
  const form = made("form", "", "row");
  const reason = made("input");
  const buttons = new Map();
  let good = before ? before.good : null;

  const show = () => {
    for (const [value, button] of buttons) button.setAttribute("aria-pressed", String(value === good));
  };
  const path = `api/conversations/${where.conversation}/feedback`;
  let last = Promise.resolve(); // one after the other: the last word counts
  const tell = (options, done, query = "") => {
    last = last.then(() => call(path + query, options)).then(() => announce(say(done)), complain);
  };
  const keep = () => {
    turn.feedback = { good, reason: reason.value.trim() };
    const body = { turn: where.turn, ...turn.feedback };
    tell({ method: "POST", body }, "noted");
  };
  const takeBack = () => {
    turn.feedback = null;
    const query = `?${new URLSearchParams({ turn: where.turn })}`;
    tell({ method: "DELETE" }, "takenBack", query);
  };
  row.append(named("span", "helped", "where"));
  for (const [value, name] of [[true, "good"], [false, "bad"]]) {
    const button = named("button", name, "thumb");
    button.type = "button";
    button.addEventListener("click", () => {
      const same = good === value; // pressed once more: taken back
      good = same ? null : value;
      form.hidden = same;
      if (same) reason.value = "";
      show();
      if (same) takeBack();
      else keep();
    });
    buttons.set(value, button);
    row.append(button);
  }
  reason.maxLength = 2000;
  reason.value = before?.reason || "";
  reason.dataset.hint = reason.dataset.name = "reason";
  reason.placeholder = say("reason");
  reason.setAttribute("aria-label", say("reason"));
  form.append(reason, named("button", "accept"), named("p", "seen", "where"));
  form.hidden = !before;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep();
  });
  show();
  box.append(row, form);
  return box;
}
