"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const questions = Array.from(document.querySelectorAll("details.question"));
  const words = new Map();
  const asAsked = new Map(questions.map((question, place) => [question, place]));
  const text = (question) => {
    if (!words.has(question)) words.set(question, question.querySelector("summary").textContent.toLowerCase());
    return words.get(question);
  };
  const openTarget = () => {
    const target = byId(location.hash.slice(1));
    const around = target && target.closest("details");
    if (!around) return;
    around.hidden = false;
    around.open = true;
    around.scrollIntoView();
    around.querySelector("summary").focus({ preventScroll: true });
  };
  const filter = () => {
    const wanted = byId("filter-text").value.toLowerCase();
    const cause = byId("filter-cause").value;
    const batch = byId("filter-batch").value;
    let shown = 0;
    for (const question of questions) {
      const fits = (!cause || question.dataset.cause === cause) && (!batch || question.dataset.batch === batch) && text(question).includes(wanted);
      question.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const list of document.querySelectorAll(".question-list")) {
      list.hidden = !list.querySelector("details.question:not([hidden])");
    }
    byId("filter-count").textContent = `${shown.toLocaleString("en")} of ${questions.length.toLocaleString("en")} shown`;
  };
  const sort = () => {
    const order = byId("sort").value;
    const key = { slowest: (q) => -Number(q.dataset.ms), unsure: (q) => Number(q.dataset.confidence) }[order] || ((q) => asAsked.get(q));
    for (const list of document.querySelectorAll(".question-list")) {
      const inside = Array.from(list.querySelectorAll("details.question"));
      list.append(...inside.sort((one, other) => key(one) - key(other) || asAsked.get(one) - asAsked.get(other)));
    }
  };
  byId("controls").hidden = false;
  for (const id of ["filter-text", "filter-cause", "filter-batch"]) byId(id).addEventListener("input", filter);
  byId("sort").addEventListener("input", sort);
  addEventListener("hashchange", openTarget);
  filter();
  openTarget();
})();
