"use strict";
// The page: light and dark, switches, the hall of fame, places that scroll.

function press(which, isPressed) {
  for (const button of document.querySelectorAll(which)) button.setAttribute("aria-pressed", isPressed(button));
}

const dark = matchMedia("(prefers-color-scheme: dark)");

function paint(isDark) {
  document.documentElement.classList.toggle("dark", isDark);
}

async function redraw(which) {
  await drawAll(which);
  if (STEPS.length) mark();
}

// Whether it is to be dark: as was chosen here before, else as the system is. Some browsers keep nothing for files.
function wished() {
  try {
    const kept = localStorage.getItem("azc-dark");
    return kept === null ? dark.matches : kept === "true";
  } catch {
    return dark.matches;
  }
}

function keep(isDark) {
  try {
    localStorage.setItem("azc-dark", isDark);
  } catch {
    // Then it lasts as long as the page.
  }
}

function startSwitches() {
  document.getElementById("theme").addEventListener("click", () => {
    const isDark = !document.documentElement.classList.contains("dark");
    paint(isDark);
    keep(isDark);
    redraw();
  });
  dark.addEventListener("change", () => {
    paint(wished());
    redraw();
  });
  for (const button of document.querySelectorAll("[data-axis]"))
    button.addEventListener("click", () => {
      state.axis = button.dataset.axis;
      press("[data-axis]", (other) => other.dataset.axis === state.axis);
      redraw((spec) => spec.overEvals);
    });
  for (const button of document.querySelectorAll("[data-fitness]"))
    button.addEventListener("click", () => {
      state.fitness = button.dataset.fitness;
      press("[data-fitness]", (other) => other === button);
      redraw((spec) => state.fitness in spec.views);
    });
  for (const select of document.querySelectorAll("[data-view]"))
    select.addEventListener("change", () => {
      state.view = select.value;
      redraw((spec) => state.view in spec.views);
    });
}

function startHall() {
  const buttons = [...document.querySelectorAll("[data-hall]")];
  if (!buttons.length) return;
  function choose(index) {
    buttons.forEach((button, at) => {
      document.getElementById(`hall-${at}`).hidden = at !== index;
      button.closest("tr").classList.toggle("chosen", at === index);
      button.setAttribute("aria-pressed", at === index);
    });
    const length = buttons[index].closest("tr").cells[1].textContent;
    document.getElementById("hall-shown").textContent = `Program of live length ${length}`;
  }
  buttons.forEach((button, index) => button.closest("tr").addEventListener("click", () => choose(index)));
  document.getElementById("front-chart").on("plotly_click", ({ points }) => choose(points[0].pointNumber));
  choose(buttons.findIndex((_, at) => !document.getElementById(`hall-${at}`).hidden));
}

// Fades at the edges of what is wider than its place, on the sides where there is more.
function startScrolls() {
  for (const box of document.querySelectorAll(".scrolls")) {
    const look = () => {
      box.classList.toggle("more-left", box.scrollLeft > 1);
      box.classList.toggle("more-right", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
    };
    box.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(box);
  }
}

// The link to the section that crosses a line in the upper part of the window.
function startPlace() {
  const mark = (entries) => {
    for (const { target, isIntersecting } of entries) {
      const link = document.querySelector(`nav a[href="#${target.id}"]`);
      if (isIntersecting) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  const observer = new IntersectionObserver(mark, { rootMargin: "-30% 0px -70% 0px" });
  for (const section of document.querySelectorAll("main > [id]")) observer.observe(section);
}

paint(wished());
drawAll().then(() => {
  startSteps();
  startSwitches();
  startHall();
  startScrolls();
  startPlace();
  document.documentElement.dataset.ready = "true";
});
