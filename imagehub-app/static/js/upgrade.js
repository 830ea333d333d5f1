// An Upgrade button: the plan changes in place, the page says so, and what was refused goes on.
function wireUpgrade(box, done) {
  const button = one("button[data-upgrade]", box);
  if (!button) return;
  const { tenant, plan } = button.dataset;
  const wrong = make("p", { className: "small", hidden: true, role: "alert" });
  const say = (...words) => { wrong.replaceChildren(...words); wrong.hidden = words.length === 0; };
  button.parentElement.after(wrong);
  let asking = false;
  button.addEventListener("click", async () => {
    if (asking) return;
    asking = true;
    button.setAttribute("aria-disabled", "true");
    say();
    try {
      const answer = await fetch(`/api/v1/tenants/${tenant}/plan`, {
        method: "PUT", headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ plan }),
      });
      if (answer.ok) { showUpgraded(button); done(plan); } else { say(...refusalOf(answer.status, await bodyOf(answer))); }
    } catch { say("The server cannot be reached."); }
    asking = false;
    button.removeAttribute("aria-disabled");
  });
}

// The plan after this one is for the plans page to offer.
function showUpgraded(button) {
  const { tenant, plan } = button.dataset;
  all("[data-plan-chip]").forEach((chip) => { chip.textContent = plan[0].toUpperCase() + plan.slice(1); });
  const plans = make("a", { className: button.className, href: `/plans?tenant=${tenant}`, target: "_blank", textContent: "See the plans" });
  plans.dataset.more = "";
  button.replaceWith(plans);
}
