// Why the hub refused, in the page's language: by the problem's code, never by the words it came with.

const SENTENCES = {
  invalid: "invalid",
  unreadable: "bad_file",
  origin_denied: "denied",
  widget_disabled: "disabled",
  blocked: "blocked",
  identity_required: "identity_required",
  work_required: "later",
  identity_invalid: "identity_failed",
  identity_expired: "identity_failed",
  unknown_widget: "gone",
  not_found: "gone",
  id_conflict: "id_conflict",
  closed: "closed",
  too_large: "too_large",
  bad_type: "bad_type",
  form_required: "form_required",
  too_many: "too_much",
  draining: "later",
  not_now: "later",
  session_expired: "later",
  bad_token: "later",
};
/** A proxy before the hub refuses without a code of ours. */
const CODES = { 400: "invalid", 404: "not_found", 413: "too_large", 415: "bad_type", 422: "form_required", 429: "too_many" };
const MAY_SUCCEED = new Set(["too_many", "form_required", "draining", "not_now", "session_expired", "bad_token", "work_required", ""]);
const OF_FILES = { invalid: "bad_file", bad_type: "bad_type", too_large: "too_large", unreadable: "bad_file" };

const codeOf = ({ code, status }) => (code in SENTENCES ? code : (CODES[status] ?? ""));

/** The sentence for a problem `{code, status, file}`; `file` is the name of the file it is about. */
export function reasonOf(problem, words, limits) {
  const code = codeOf(problem);
  const size = words.size(limits.file_bytes);
  if (problem.file && OF_FILES[code]) return words.say(OF_FILES[code], { name: problem.file, size });
  const key = code in OF_FILES ? "invalid" : (SENTENCES[code] ?? "not_taken");
  return words.say(key);
}

/** Whether sending the very same again may go well, with nothing else done before. */
export const canRetry = (problem) => MAY_SUCCEED.has(codeOf(problem));

/** Whether the refusal is about this file. */
export const isAbout = (problem, file) => problem?.file === file.name && codeOf(problem) in OF_FILES;
