
"use strict";
for (const form of document.querySelectorAll(".filter")) {
  const tasks = [...form.parentElement.querySelectorAll(".task")];
  const search = form.querySelector("input[type=search]");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const output = form.querySelector("output");
  const words = new Map(tasks.map((task) => [task, task.querySelector("summary").textContent.toLowerCase()]));
  const filter = () => {
    const wanted = search.value.toLowerCase().split(/\s+/);
    const statuses = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    for (const task of tasks) {
      task.hidden = !statuses.has(task.dataset.status) || !wanted.every((word) => words.get(task).includes(word));
    }
    output.textContent = `${tasks.filter((task) => !task.hidden).length} of ${tasks.length} shown`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of form.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      for (const task of tasks) if (!task.hidden) task.open = Boolean(button.dataset.open);
    });
  }
  form.hidden = false;
  filter();
}
const show = () => {
  const task = document.getElementById(location.hash.slice(1));
  if (task && task.matches(".task")) { task.hidden = false; task.open = true; task.scrollIntoView(); }
};
addEventListener("hashchange", show);
show();
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) time.title = at.toLocaleString();
}
