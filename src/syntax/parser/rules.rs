//! The grammar's rules, and what each is called when a message says what was expected.

use pest_derive::Parser;

/// The parser that pest makes of the grammar.
#[derive(Parser)]
#[grammar = "grammar/room.pest"]
pub(super) struct Grammar;

/// How a rule is called in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prose {
    /// A keyword, as it is written.
    Word(&'static str),
    /// A sign, as it is written.
    Sign(&'static str),
    /// A sign that may follow nearly everything, so it is named only where nothing else is expected.
    Aside(&'static str),
    /// The same, of something that has parts.
    AsideThing(&'static str),
    /// Something with a name of its own.
    Thing(&'static str),
}

/// Whether a rule is a keyword or a sign, which the tree has no part for.
pub(super) fn is_token(rule: Rule) -> bool {
    match prose(rule) {
        Prose::Word(_) | Prose::Sign(_) | Prose::Aside(_) => true,
        Prose::Thing(_) | Prose::AsideThing(_) => false,
    }
}

/// What a rule is called in a message. Exhaustive, so that no rule's own name is ever shown.
pub(super) fn prose(rule: Rule) -> Prose {
    use Prose::{Aside, AsideThing, Sign, Thing, Word};
    match rule {
        Rule::EOI => Thing("the end of the file"),
        Rule::file
        | Rule::lone_items
        | Rule::item
        | Rule::entry
        | Rule::client_item
        | Rule::group
        | Rule::check_item
        | Rule::shape
        | Rule::prove
        | Rule::bad_machine
        | Rule::bad_item => Thing("an item"),
        Rule::lone_statements
        | Rule::statement
        | Rule::match_
        | Rule::call
        | Rule::bad_within
        | Rule::bad_statement => Thing("a statement"),
        Rule::room => Thing("a room"),
        Rule::lock | Rule::locks => Thing("a lock"),
        Rule::constant => Thing("`let`"),
        Rule::attribute => Thing("an attribute"),
        Rule::group_member => Thing("`client` or `webhook`"),
        Rule::alias => Thing("`alias`"),
        Rule::uuid => Thing("`uuid`"),
        Rule::gives => Thing("`gives`"),
        Rule::set_behind | Rule::never_set | Rule::never_to | Rule::depth | Rule::room_behind => Thing("a claim"),
        Rule::client_attribute => Thing("an attribute, as in `client.role`"),
        Rule::params | Rule::args => AsideThing("`(`"),
        Rule::param => Thing("a parameter"),
        Rule::body | Rule::bad_head => Thing("`{`"),
        Rule::state | Rule::bad_state => Thing("a state"),
        Rule::property
        | Rule::requires
        | Rule::admit
        | Rule::capacity
        | Rule::history
        | Rule::mailbox
        | Rule::posts
        | Rule::receives
        | Rule::doors
        | Rule::offers
        | Rule::renews
        | Rule::limit
        | Rule::attempts
        | Rule::on_reload => Thing("a property"),
        Rule::one_or_many | Rule::apply | Rule::name | Rule::declared | Rule::word => Thing("a name"),
        Rule::otherwise | Rule::else_arm => Thing("`else`"),
        Rule::grace => Thing("`grace`"),
        Rule::retention | Rule::least | Rule::most | Rule::number | Rule::integer => Thing("a number"),
        Rule::arm
        | Rule::on_event
        | Rule::on_signal
        | Rule::on_message
        | Rule::when_arm
        | Rule::after
        | Rule::ended => Thing("an arm"),
        Rule::event => Thing("an event"),
        Rule::not_a_record
        | Rule::type_
        | Rule::record_type
        | Rule::list_type
        | Rule::choice
        | Rule::named_type
        | Rule::type_name => Thing("a type"),
        Rule::follow => Thing("`->` or `{`"),
        Rule::binding => Thing("`as`"),
        Rule::guard => Thing("`when`"),
        Rule::match_arm => Thing("a pattern or `else`"),
        Rule::target => Thing("`->`"),
        Rule::to_resolve | Rule::to_fail | Rule::to_admit | Rule::to_retry | Rule::to_move | Rule::to_drop => {
            Thing("a target")
        }
        Rule::action
        | Rule::ask
        | Rule::say
        | Rule::post
        | Rule::tell
        | Rule::signal
        | Rule::identify
        | Rule::set
        | Rule::leave => Thing("an action"),
        Rule::dest => Thing("a destination"),
        Rule::pattern => Thing("a pattern"),
        Rule::field_type | Rule::field | Rule::field_name => Thing("a field"),
        Rule::range => Thing("a range"),
        Rule::value | Rule::expr | Rule::operand | Rule::list | Rule::round | Rule::path | Rule::scope => {
            Thing("a value")
        }
        Rule::record => Thing("a record"),
        Rule::literal | Rule::boolean => Thing("a literal"),
        Rule::duration => Thing("a duration, as in `30s`"),
        Rule::count => Thing("a whole number"),
        Rule::string => Thing("a text in double quotes"),
        Rule::reserved => Thing("a word"),
        Rule::operator | Rule::connective => AsideThing("an operator"),
        Rule::access => AsideThing("`.`"),
        Rule::wildcard => Thing("`_`"),
        Rule::open => Sign("`{`"),
        Rule::close => Sign("`}`"),
        Rule::open_round => Sign("`(`"),
        Rule::open_args => Aside("`(`"),
        Rule::close_round => Sign("`)`"),
        Rule::open_square => Sign("`[`"),
        Rule::close_square => Sign("`]`"),
        Rule::comma => Sign("`,`"),
        Rule::colon => Sign("`:`"),
        Rule::dots => Sign("`..`"),
        Rule::dot => Aside("`.`"),
        Rule::arrow => Sign("`->`"),
        Rule::assign => Sign("`=`"),
        Rule::at_most => Sign("`<=`"),
        Rule::bar => Aside("`|`"),
        Rule::optional => Aside("`?`"),
        Rule::k_admit => Word("admit"),
        Rule::k_after => Word("after"),
        Rule::k_alias => Word("alias"),
        Rule::k_and => Word("and"),
        Rule::k_arrive => Word("arrive"),
        Rule::k_as => Word("as"),
        Rule::k_ask => Word("ask"),
        Rule::k_attempts => Word("attempts"),
        Rule::k_behind => Word("behind"),
        Rule::k_cancel => Word("cancel"),
        Rule::k_capacity => Word("capacity"),
        Rule::k_check => Word("check"),
        Rule::k_client => Word("client"),
        Rule::k_depth => Word("depth"),
        Rule::k_doors => Word("doors"),
        Rule::k_drop => Word("drop"),
        Rule::k_else => Word("else"),
        Rule::k_entry => Word("entry"),
        Rule::k_everyone => Word("everyone"),
        Rule::k_fail => Word("fail"),
        Rule::k_failed => Word("failed"),
        Rule::k_for => Word("for"),
        Rule::k_gives => Word("gives"),
        Rule::k_grace => Word("grace"),
        Rule::k_group => Word("group"),
        Rule::k_handshake => Word("handshake"),
        Rule::k_held => Word("held"),
        Rule::k_history => Word("history"),
        Rule::k_identify => Word("identify"),
        Rule::k_in => Word("in"),
        Rule::k_latest => Word("latest"),
        Rule::k_leave => Word("leave"),
        Rule::k_let => Word("let"),
        Rule::k_limit => Word("limit"),
        Rule::k_list => Word("list"),
        Rule::k_lock => Word("lock"),
        Rule::k_mailbox => Word("mailbox"),
        Rule::k_match => Word("match"),
        Rule::k_members => Word("members"),
        Rule::k_move => Word("move"),
        Rule::k_never => Word("never"),
        Rule::k_not => Word("not"),
        Rule::k_of => Word("of"),
        Rule::k_offers => Word("offers"),
        Rule::k_on => Word("on"),
        Rule::k_one => Word("one"),
        Rule::k_or => Word("or"),
        Rule::k_passed => Word("passed"),
        Rule::k_per => Word("per"),
        Rule::k_pin => Word("pin"),
        Rule::k_post => Word("post"),
        Rule::k_posts => Word("posts"),
        Rule::k_presence => Word("presence"),
        Rule::k_prove => Word("prove"),
        Rule::k_public => Word("public"),
        Rule::k_receives => Word("receives"),
        Rule::k_reload => Word("reload"),
        Rule::k_renews => Word("renews"),
        Rule::k_requires => Word("requires"),
        Rule::k_resolve => Word("resolve"),
        Rule::k_resolved => Word("resolved"),
        Rule::k_restart => Word("restart"),
        Rule::k_retry => Word("retry"),
        Rule::k_room => Word("room"),
        Rule::k_say => Word("say"),
        Rule::k_set => Word("set"),
        Rule::k_shape => Word("shape"),
        Rule::k_signal => Word("signal"),
        Rule::k_socket => Word("socket"),
        Rule::k_state => Word("state"),
        Rule::k_tell => Word("tell"),
        Rule::k_to => Word("to"),
        Rule::k_transient => Word("transient"),
        Rule::k_until => Word("until"),
        Rule::k_uuid => Word("uuid"),
        Rule::k_webhook => Word("webhook"),
        Rule::k_when => Word("when"),
        Rule::k_within => Word("within"),
        Rule::WHITESPACE | Rule::COMMENT => Thing("a blank"),
        Rule::blank
        | Rule::gap
        | Rule::item_word
        | Rule::loose
        | Rule::loose_curly
        | Rule::loose_round
        | Rule::loose_square
        | Rule::scrap
        | Rule::statement_word
        | Rule::likely_word
        | Rule::other
        | Rule::item_ahead
        | Rule::tail => Thing("something else"),
    }
}

/// Whether a word is reserved: it cannot name anything.
pub fn is_reserved(word: &str) -> bool {
    use pest::Parser;
    Grammar::parse(Rule::reserved, word).is_ok_and(|mut found| found.next().is_some_and(|pair| pair.as_str() == word))
}
