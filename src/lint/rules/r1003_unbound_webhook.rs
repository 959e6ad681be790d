//! R1003: a webhook that leads nowhere.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    code: Code(1003),
    name: "unbound-webhook",
    severity: Severity::Warning,
    finds: "a webhook of a group that the settings (those of `--config`, or `windlass.yaml` beside the rules) do not bind",
    why: "the server starts, says so, and what the group is told does not reach the webhook; without settings nothing is said about it",
    bad: r#"
// windlass.yaml, beside these rules, says nothing of `pager`
entry lobby
room lobby public {
    limit 5 per 1s
    after 2m -> drop "too long"
    on { alarm: text(1..200) } as m { tell alarms { alarm: m.alarm } }
}
group alarms { webhook "pager" }
"#,
    good: r#"
// windlass.yaml: webhooks: { pager: { url: "https://pager.example.org/alarms", secret_file: pager.key } }
entry lobby
room lobby public {
    limit 5 per 1s
    after 2m -> drop "too long"
    on { alarm: text(1..200) } as m { tell alarms { alarm: m.alarm } }
}
group alarms { webhook "pager" }
"#,
    fix: Mending::ByHand,
    by: By::Settings,
};
