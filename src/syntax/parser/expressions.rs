//! Expressions. The grammar lists operands and operators side by side; which binds tighter is decided here.
//!
//! Chains are counted before a tree is made of them, and no tree grows higher than [`EXPRESSION_DEPTH_MAX`], so nobody who
//! walks one has to fear for the stack.

use super::parts::{Builder, Parts};
use super::rules::Rule;
use crate::diagnostic::Span;
use crate::syntax::ast::{Apply, BinaryOp, Expr, ExprKind, Name};
use pest::iterators::Pair;
use std::sync::Arc;

/// How many operands one chain of operators joins, and how many `not` or `.field` follow one another.
pub const OPERANDS_MAX: usize = 64;
/// How high the tree of one expression grows.
pub const EXPRESSION_DEPTH_MAX: usize = 128;

/// An expression and the height of its tree.
pub(super) struct Tall {
    pub expr: Expr,
    pub height: usize,
}

/// Operands and what stands between them, as they were written.
struct Chain<'a> {
    /// The `not`s before the first operand.
    nots: Vec<Span>,
    operands: Vec<Tall>,
    joints: Vec<Joint<'a>>,
}

/// What stands between two operands.
struct Joint<'a> {
    sign: Pair<'a, Rule>,
    op: BinaryOp,
    /// How many `not` stand before the operand that follows.
    nots: Vec<Span>,
}

impl<'a> Builder<'a> {
    /// A value: a record or an expression.
    pub fn value(&mut self, pair: Pair<'a, Rule>) -> Option<Expr> {
        self.tall_value(pair).map(|tall| tall.expr)
    }

    /// An expression that is no record.
    pub fn expr(&mut self, pair: Pair<'a, Rule>) -> Option<Expr> {
        self.tall_expr(pair).map(|tall| tall.expr)
    }

    fn tall_value(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let mut parts = Parts::of(pair);
        match parts.take(Rule::record) {
            Some(record) => self.record(record),
            None => self.tall_expr(parts.take(Rule::expr)?),
        }
    }

    /// What was read, unless its tree has grown too high.
    fn bounded(&mut self, pair: &Pair<'a, Rule>, tall: Tall) -> Option<Tall> {
        if tall.height <= EXPRESSION_DEPTH_MAX {
            return Some(tall);
        }
        let message = format!("this value is nested more than {EXPRESSION_DEPTH_MAX} deep");
        self.fault(pair, message, "name a part of it with `let`");
        None
    }

    fn record(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let (fields, height) = self.fields(pair.clone())?;
        let span = self.span(&pair);
        self.bounded(&pair, Tall { expr: Expr { kind: ExprKind::Record(fields), span }, height: height + 1 })
    }

    fn fields(&mut self, pair: Pair<'a, Rule>) -> Option<(Vec<(Name, Expr)>, usize)> {
        let mut fields = Vec::new();
        let mut height = 0;
        let mut parts = Parts::of(pair);
        while let Some(field) = parts.take(Rule::field) {
            let mut parts = Parts::of(field);
            let name = self.name(parts.take(Rule::field_name)?);
            let value = self.tall_value(parts.take(Rule::value)?)?;
            height = height.max(value.height);
            fields.push((name, value.expr));
        }
        Some((fields, height))
    }

    fn values(&mut self, parts: &mut Parts<'a>) -> Option<(Vec<Expr>, usize)> {
        let mut values = Vec::new();
        let mut height = 0;
        while let Some(value) = parts.take(Rule::value) {
            let value = self.tall_value(value)?;
            height = height.max(value.height);
            values.push(value.expr);
        }
        Some((values, height))
    }

    fn tall_expr(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let chain = self.chain(pair.clone())?;
        self.joined(&pair, chain)
    }

    fn chain(&mut self, pair: Pair<'a, Rule>) -> Option<Chain<'a>> {
        let mut parts = Parts::of(pair);
        let mut chain = Chain { nots: self.nots(&mut parts)?, operands: Vec::new(), joints: Vec::new() };
        chain.operands.push(self.operand(parts.take(Rule::operand)?)?);
        while let Some(sign) = parts.take(Rule::operator).or_else(|| parts.take(Rule::connective)) {
            let joint = self.joint(sign, &mut parts, chain.operands.len())?;
            chain.joints.push(joint);
            chain.operands.push(self.operand(parts.take(Rule::operand)?)?);
        }
        Some(chain)
    }

    /// An operator, and the `not`s behind it.
    fn joint(&mut self, sign: Pair<'a, Rule>, parts: &mut Parts<'a>, operands: usize) -> Option<Joint<'a>> {
        if operands == OPERANDS_MAX {
            let message = format!("an expression joins at most {OPERANDS_MAX} values");
            self.fault(&sign, message, "name a part of it with `let`");
            return None;
        }
        Some(Joint { op: operator(sign.as_str())?, nots: self.nots(parts)?, sign })
    }

    /// The tree of a chain, unless it compares twice or grows too high.
    fn joined(&mut self, pair: &Pair<'a, Rule>, chain: Chain<'a>) -> Option<Tall> {
        if !self.compares_once(&chain.joints) {
            return None;
        }
        let tall = join(chain)?;
        self.bounded(pair, tall)
    }

    /// The places of the `not`s that come next.
    fn nots(&mut self, parts: &mut Parts<'a>) -> Option<Vec<Span>> {
        let mut nots = Vec::new();
        while let Some(not) = parts.take(Rule::k_not) {
            if nots.len() == OPERANDS_MAX {
                self.fault(
                    &not,
                    format!("at most {OPERANDS_MAX} `not` may follow one another"),
                    "two of them say nothing",
                );
                return None;
            }
            nots.push(self.span(&not));
        }
        Some(nots)
    }

    /// Whether every comparison has operands that are no comparisons; the first that has is reported.
    fn compares_once(&mut self, joints: &[Joint<'a>]) -> bool {
        let mut compared = false;
        for joint in joints {
            match rank(joint.op) {
                Rank::Or | Rank::And => compared = false,
                Rank::Add => {}
                Rank::Compare if !compared => compared = true,
                Rank::Compare => {
                    let help = "compare two values at a time and join with `and`: `a < b and b < c`";
                    self.fault(&joint.sign, "comparisons cannot be chained", help);
                    return false;
                }
            }
        }
        true
    }

    fn operand(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let operand = Parts::of(pair).next()?;
        match operand.as_rule() {
            Rule::literal => self.literal_operand(operand),
            Rule::list => self.list(operand),
            Rule::round => self.round(operand),
            Rule::path => self.path(operand),
            _ => None,
        }
    }

    fn literal_operand(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let literal = self.literal(pair)?;
        Some(Tall { expr: Expr { kind: ExprKind::Literal(literal.node), span: literal.span }, height: 1 })
    }

    fn list(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let span = self.span(&pair);
        let (items, height) = self.values(&mut Parts::of(pair))?;
        Some(Tall { expr: Expr { kind: ExprKind::List(items), span }, height: height + 1 })
    }

    fn round(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let mut parts = Parts::of(pair);
        let inner = self.tall_value(parts.take(Rule::value)?)?;
        self.accesses(inner, &mut parts)
    }

    /// A name, a call, or a field of something.
    pub fn path(&mut self, pair: Pair<'a, Rule>) -> Option<Tall> {
        let mut parts = Parts::of(pair);
        let head = if let Some(scope) = parts.take(Rule::scope) {
            let span = self.span(&scope);
            Tall { expr: Expr { kind: ExprKind::Name(Arc::from(scope.as_str())), span }, height: 1 }
        } else {
            let name = self.name(parts.take(Rule::name)?);
            self.call(name, &mut parts)?
        };
        self.accesses(head, &mut parts)
    }

    fn call(&mut self, name: Name, parts: &mut Parts<'a>) -> Option<Tall> {
        let Some(args) = parts.take(Rule::args) else {
            let span = name.span;
            return Some(Tall { expr: Expr { kind: ExprKind::Name(name.node), span }, height: 1 });
        };
        let span = name.span.to(self.span(&args));
        let (args, height) = self.values(&mut Parts::of(args))?;
        Some(Tall { expr: Expr { kind: ExprKind::Apply(Apply { name, args, span }), span }, height: height + 1 })
    }

    fn accesses(&mut self, head: Tall, parts: &mut Parts<'a>) -> Option<Tall> {
        let mut whole = head;
        let mut count = 0;
        while let Some(access) = parts.take(Rule::access) {
            if count == OPERANDS_MAX {
                self.fault(
                    &access,
                    format!("at most {OPERANDS_MAX} fields may follow one another"),
                    "name a part of it with `let`",
                );
                return None;
            }
            count += 1;
            let field = self.name(Parts::of(access).take(Rule::field_name)?);
            let span = whole.expr.span.to(field.span);
            let kind = ExprKind::Field(Box::new(whole.expr), field);
            whole = Tall { expr: Expr { kind, span }, height: whole.height + 1 };
        }
        Some(whole)
    }

    /// A name with arguments: a lock, a room of a family, a check, a state.
    pub fn apply(&mut self, pair: Pair<'a, Rule>) -> Option<Apply> {
        let span = self.span(&pair);
        let mut parts = Parts::of(pair);
        let name = self.name(parts.take(Rule::name)?);
        let args = match parts.take(Rule::args) {
            Some(args) => self.values(&mut Parts::of(args))?.0,
            None => Vec::new(),
        };
        Some(Apply { name, args, span })
    }
}

/// How tightly an operator binds, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Or,
    And,
    Compare,
    Add,
}

fn rank(op: BinaryOp) -> Rank {
    match op {
        BinaryOp::Or => Rank::Or,
        BinaryOp::And => Rank::And,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual
        | BinaryOp::In => Rank::Compare,
        BinaryOp::Add => Rank::Add,
    }
}

fn operator(sign: &str) -> Option<BinaryOp> {
    Some(match sign {
        "or" => BinaryOp::Or,
        "and" => BinaryOp::And,
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessOrEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterOrEqual,
        "in" => BinaryOp::In,
        "+" => BinaryOp::Add,
        _ => return None,
    })
}

/// Something on the way to a tree: an operand that waits for its operator, or a `not` that waits for its operand.
enum Waiting {
    Left(Tall, BinaryOp),
    Not(Span),
}

/// Makes the tree of a chain: everything that waits and binds at least as tightly is closed before an operator.
fn join(chain: Chain<'_>) -> Option<Tall> {
    let mut waiting: Vec<Waiting> = chain.nots.into_iter().map(Waiting::Not).collect();
    let mut operands = chain.operands.into_iter();
    let mut right = operands.next()?;
    for joint in chain.joints {
        right = close(&mut waiting, right, rank(joint.op));
        waiting.push(Waiting::Left(right, joint.op));
        waiting.extend(joint.nots.into_iter().map(Waiting::Not));
        right = operands.next()?;
    }
    Some(close(&mut waiting, right, Rank::Or))
}

fn close(waiting: &mut Vec<Waiting>, operand: Tall, before: Rank) -> Tall {
    let mut whole = operand;
    while let Some(last) = waiting.pop() {
        match last {
            // `not` binds tighter than `and`, looser than a comparison
            Waiting::Not(span) if before <= Rank::And => {
                let span = span.to(whole.expr.span);
                let height = whole.height + 1;
                whole = Tall { expr: Expr { kind: ExprKind::Not(Box::new(whole.expr)), span }, height };
            }
            Waiting::Left(left, op) if rank(op) >= before => {
                let span = left.expr.span.to(whole.expr.span);
                let height = left.height.max(whole.height) + 1;
                let kind = ExprKind::Binary(Box::new(left.expr), op, Box::new(whole.expr));
                whole = Tall { expr: Expr { kind, span }, height };
            }
            looser @ (Waiting::Not(_) | Waiting::Left(..)) => {
                waiting.push(looser);
                break;
            }
        }
    }
    whole
}
