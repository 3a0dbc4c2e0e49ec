// Says that a file is too large before it is sent, since a browser may never hear the refusal.
const field = document.querySelector("input[type=file][data-limit]");
const error = document.getElementById("id_file_error");

field?.addEventListener("change", () => {
  const size = (field.files[0]?.size ?? 0) / 1e6;
  const isTooLarge = size > Number(field.dataset.limit);
  field.setAttribute("aria-invalid", isTooLarge);
  error.textContent = isTooLarge
    ? `The file has ${size.toFixed(1)} MB; at most ${field.dataset.limit} MB can be sent. Pack a CSV file with gzip, or import it by command.`
    : "";
  field.form.querySelector("[type=submit]").disabled = isTooLarge;
});
