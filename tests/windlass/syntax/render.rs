//! A tree in normalised letters: one line for each statement, operators in parentheses. Two texts that mean the same render
//! the same.

use windlass::syntax::ast::*;

pub fn file(file: &File) -> String {
    let mut out = String::new();
    doc(&mut out, 0, "//!", &file.doc);
    for item in &file.items {
        render_item(&mut out, item);
    }
    out
}

fn line(out: &mut String, depth: usize, text: &str) {
    out.push_str(&"    ".repeat(depth));
    out.push_str(text);
    out.push('\n');
}

fn doc(out: &mut String, depth: usize, marker: &str, doc: &str) {
    for text in doc.lines() {
        line(out, depth, &format!("{marker} {text}"));
    }
}

fn render_item(out: &mut String, item: &Item) {
    match item {
        Item::Entry(name) => line(out, 0, &format!("entry {}", name.node)),
        Item::Client(client) => {
            doc(out, 0, "///", &client.doc);
            line(out, 0, "client");
            for attribute in &client.attributes {
                doc(out, 1, "///", &attribute.doc);
                let default = attribute.default.as_ref().map(|value| format!(" = {}", expr(value))).unwrap_or_default();
                line(out, 1, &format!("{}: {}{default}", attribute.name.node, ty(&attribute.ty)));
            }
        }
        Item::Group(group) => {
            doc(out, 0, "///", &group.doc);
            let parents: Vec<&str> = group.parents.iter().map(|name| name.node.as_ref()).collect();
            line(out, 0, &format!("group {} in [{}]", group.name.node, parents.join(", ")));
            for member in &group.members {
                match member {
                    GroupMember::Client(text) => line(out, 1, &format!("client {:?}", text.node)),
                    GroupMember::Webhook(text) => line(out, 1, &format!("webhook {:?}", text.node)),
                }
            }
        }
        Item::Room(room) => {
            doc(out, 0, "///", &room.doc);
            let alias = room.alias.as_ref().map(|alias| format!(" alias {}", alias.node)).unwrap_or_default();
            let uuid = room.uuid.as_ref().map(|uuid| format!(" uuid {:?}", uuid.node)).unwrap_or_default();
            let public = if room.public.is_some() { " public" } else { "" };
            line(out, 0, &format!("room {}({}){alias}{uuid}{public}", room.name.node, params(&room.params)));
            body(out, 1, &room.body);
        }
        Item::Lock(lock) => {
            doc(out, 0, "///", &lock.doc);
            let held = lock.held.as_ref().map(|held| format!(" held {}ms", held.node)).unwrap_or_default();
            let grace = lock.grace.as_ref().map(|grace| format!(" grace {}ms", grace.node)).unwrap_or_default();
            let (name, params) = (&lock.name.node, params(&lock.params));
            line(out, 0, &format!("lock {name}({params}) gives {}{held}{grace}", ty(&lock.gives)));
            body(out, 1, &lock.body);
        }
        Item::Check(check) => {
            doc(out, 0, "///", &check.doc);
            line(out, 0, &format!("check {}({}) gives {}", check.name.node, params(&check.params), ty(&check.gives)));
        }
        Item::Shape(shape) => {
            doc(out, 0, "///", &shape.doc);
            line(out, 0, &format!("shape {} {}", shape.name.node, ty(&shape.ty)));
        }
        Item::Let(constant) => render_let(out, 0, constant),
        Item::Prove(prove) => line(out, 0, &format!("prove {}", claim(&prove.claim))),
    }
}

fn claim(claim: &Claim) -> String {
    let joined = |locks: &[Name]| locks.iter().map(|lock| lock.node.to_string()).collect::<Vec<_>>().join(" or ");
    match claim {
        Claim::RoomBehind { room, locks } => format!("{} behind {}", room.node, joined(locks)),
        Claim::SetBehind { attribute, locks } => format!("set client.{} behind {}", attribute.node, joined(locks)),
        Claim::NeverSet { attribute } => format!("never set client.{}", attribute.node),
        Claim::NeverTo { from, to } => format!("never {} to {}", from.node, to.node),
        Claim::Depth { most } => format!("depth <= {}", most.node),
    }
}

fn render_let(out: &mut String, depth: usize, constant: &Let) {
    doc(out, depth, "///", &constant.doc);
    line(out, depth, &format!("let {} = {}", constant.name.node, expr(&constant.value)));
}

fn params(params: &[Param]) -> String {
    params.iter().map(|param| format!("{}: {}", param.name.node, ty(&param.ty))).collect::<Vec<_>>().join(", ")
}

fn ty(of: &Type) -> String {
    let end = |end: &Option<Spanned<Literal>>| end.as_ref().map(|end| literal(&end.node)).unwrap_or_default();
    match &of.kind {
        TypeKind::Named(name) => name.to_string(),
        TypeKind::Ranged { name, least, most } => format!("{}({}..{})", name.node, end(least), end(most)),
        TypeKind::Choice(choices) => choices.iter().map(|choice| literal(&choice.node)).collect::<Vec<_>>().join(" | "),
        TypeKind::List(item) => format!("list({})", ty(item)),
        TypeKind::Optional(inner) => format!("{}?", ty(inner)),
        TypeKind::Record(fields) => format!("{{ {} }}", params(fields)),
        TypeKind::Wildcard => "_".to_string(),
    }
}

fn literal(of: &Literal) -> String {
    match of {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Number(value) => format!("{value:?}"),
        Literal::Text(value) => format!("{value:?}"),
        Literal::Duration(value) => format!("{value}ms"),
    }
}

fn body(out: &mut String, depth: usize, statements: &[Statement]) {
    for statement in statements {
        match statement {
            Statement::Property(of) => line(out, depth, &property(&of.kind)),
            Statement::Let(constant) => render_let(out, depth, constant),
            Statement::State(state) => {
                doc(out, depth, "///", &state.doc);
                line(out, depth, &format!("state {}({})", state.name.node, params(&state.params)));
                body(out, depth + 1, &state.body);
            }
            Statement::Enter(of) => line(out, depth, &action(of)),
            Statement::Arm(of) => line(out, depth, &arm(of)),
            Statement::Match(of) => {
                line(out, depth, &format!("match {}", expr(&of.subject)));
                for arm in &of.arms {
                    let pattern = arm.pattern.as_ref().map_or("else".to_string(), ty);
                    let rest = conditions(&arm.bind, &arm.guard);
                    line(out, depth + 1, &format!("{pattern}{rest} {}", follow(&arm.follow)));
                }
            }
            Statement::Call(of) => line(out, depth, &call(&of.kind)),
        }
    }
}

fn call(of: &CallKind) -> String {
    match of {
        CallKind::Lock(locks) => format!("lock {}", one_of(locks)),
        CallKind::Check { check, within } => {
            let within = match within {
                Within::Duration(within) => format!(" within {}ms", within.node),
                Within::Unreadable => " within ?".to_owned(),
                Within::Absent => String::new(),
            };
            format!("check {}{within}", apply(check))
        }
    }
}

fn one_of(locks: &[Apply]) -> String {
    locks.iter().map(apply).collect::<Vec<_>>().join(" | ")
}

fn otherwise(of: &Option<Follow>) -> String {
    of.as_ref().map(|of| format!(" else {}", follow(of))).unwrap_or_default()
}

fn retention(of: &Retention) -> String {
    let age = of.age.as_ref().map(|age| format!(" for {}ms", age.node)).unwrap_or_default();
    format!("{}{age}", of.count.node)
}

fn applies(of: &[Apply]) -> String {
    of.iter().map(apply).collect::<Vec<_>>().join(", ")
}

fn property(of: &PropertyKind) -> String {
    match of {
        PropertyKind::Requires { locks, otherwise: or } => format!("requires {}{}", one_of(locks), otherwise(or)),
        PropertyKind::Admit { guard, otherwise: or } => format!("admit when {}{}", expr(guard), otherwise(or)),
        PropertyKind::Capacity(count) => format!("capacity {}", count.node),
        PropertyKind::History(of) => format!("history {}", retention(of)),
        PropertyKind::Mailbox { keep, overflow: Overflow::Refuse } => format!("mailbox {}", retention(keep)),
        PropertyKind::Mailbox { keep, overflow: Overflow::DropOldest } => format!("mailbox latest {}", retention(keep)),
        PropertyKind::Presence => "presence".to_string(),
        PropertyKind::PostsTo(dests) => format!("posts to {}", dests.iter().map(dest).collect::<Vec<_>>().join(", ")),
        PropertyKind::Receives(names) => {
            format!("receives {}", names.iter().map(|name| name.node.to_string()).collect::<Vec<_>>().join(", "))
        }
        PropertyKind::Doors(doors) => format!("doors {}", applies(doors)),
        PropertyKind::Offers(locks) => format!("offers {}", applies(locks)),
        PropertyKind::Renews(locks) => format!("renews {}", applies(locks)),
        PropertyKind::Limit { count, per, otherwise: or } => {
            format!("limit {} per {}ms{}", count.node, per.node, otherwise(or))
        }
        PropertyKind::Transient => "transient".to_string(),
        PropertyKind::Attempts(count) => format!("attempts {}", count.node),
        PropertyKind::OnReload(reload) => format!("on reload {:?}", reload.node),
    }
}

fn arm(of: &Arm) -> String {
    let trigger = match &of.trigger {
        Trigger::Message(pattern) => format!("on {}", ty(pattern)),
        Trigger::Arrive => "on arrive".to_string(),
        Trigger::Leave => "on leave".to_string(),
        Trigger::Cancel => "on cancel".to_string(),
        Trigger::Signal(name, pattern) => {
            format!("on signal {}{}", name.node, pattern.as_ref().map(|of| format!(" {}", ty(of))).unwrap_or_default())
        }
        Trigger::When => "eventless".to_string(),
        Trigger::Else => "else".to_string(),
        Trigger::After(after) => format!("after {}ms", after.node),
        Trigger::Resolved => "resolved".to_string(),
        Trigger::Failed => "failed".to_string(),
        Trigger::Passed => "passed".to_string(),
    };
    format!("{trigger}{} {}", conditions(&of.bind, &of.guard), follow(&of.follow))
}

fn conditions(bind: &Option<Name>, guard: &Option<Expr>) -> String {
    let bind = bind.as_ref().map(|bind| format!(" as {}", bind.node)).unwrap_or_default();
    let guard = guard.as_ref().map(|guard| format!(" when {}", expr(guard))).unwrap_or_default();
    format!("{bind}{guard}")
}

fn follow(of: &Follow) -> String {
    let mut parts: Vec<String> = of.actions.iter().map(action).collect();
    parts.extend(of.target.as_ref().map(|target| format!("-> {}", target_kind(&target.kind))));
    format!("{{ {} }}", parts.join("; "))
}

fn target_kind(of: &TargetKind) -> String {
    match of {
        TargetKind::State(to) => apply(to),
        TargetKind::Resolve(value, None) => format!("resolve {}", expr(value)),
        TargetKind::Resolve(value, Some(until)) => format!("resolve {} until {}", expr(value), expr(until)),
        TargetKind::Fail(why) => format!("fail {}", expr(why)),
        TargetKind::Admit(None) => "admit".to_string(),
        TargetKind::Admit(Some(to)) => format!("admit {}", apply(to)),
        TargetKind::Retry(to) => format!("retry {}", apply(to)),
        TargetKind::Move(to) => format!("move {}", apply(to)),
        TargetKind::Drop(why) => format!("drop {}", expr(why)),
    }
}

fn action(of: &Action) -> String {
    match &of.kind {
        ActionKind::Ask(value) => format!("ask {}", expr(value)),
        ActionKind::Say(value) => format!("say {}", expr(value)),
        ActionKind::Post(value) => format!("post {}", expr(value)),
        ActionKind::Tell(to, value) => format!("tell {} {}", dest(to), expr(value)),
        ActionKind::Signal(to, name, value) => {
            let value = value.as_ref().map(|value| format!(" {}", expr(value))).unwrap_or_default();
            format!("signal {} {}{value}", dest(to), name.node)
        }
        ActionKind::Identify(value) => format!("identify {}", expr(value)),
        ActionKind::Set(attribute, value) => format!("set client.{} = {}", attribute.node, expr(value)),
        ActionKind::Leave(room) => format!("leave {}", apply(room)),
    }
}

fn dest(of: &Dest) -> String {
    match &of.kind {
        DestKind::Members => "members".to_string(),
        DestKind::Everyone => "everyone".to_string(),
        DestKind::Named(of) => format!("@{}", apply(of)),
        DestKind::Value(value) => expr(value),
    }
}

fn apply(of: &Apply) -> String {
    match of.args.as_slice() {
        [] => of.name.node.to_string(),
        args => format!("{}({})", of.name.node, args.iter().map(expr).collect::<Vec<_>>().join(", ")),
    }
}

fn expr(of: &Expr) -> String {
    match &of.kind {
        ExprKind::Literal(value) => literal(value),
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field(inner, name) => format!("{}.{}", expr(inner), name.node),
        ExprKind::Not(inner) => format!("(not {})", expr(inner)),
        ExprKind::Binary(left, op, right) => format!("({} {} {})", expr(left), operator(*op), expr(right)),
        ExprKind::Apply(call) => {
            format!("{}({})", call.name.node, call.args.iter().map(expr).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Record(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{}: {}", name.node, expr(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        ExprKind::List(items) => format!("[{}]", items.iter().map(expr).collect::<Vec<_>>().join(", ")),
    }
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::In => "in",
        BinaryOp::Add => "+",
    }
}
