"""Small word lists of general English: what carries no meaning, what means the same, what clashes.

They hold no word of any book. In other languages nothing in them matches, and the judge falls
back on the words themselves, their numbers, names and identifiers.
"""

from __future__ import annotations

from functools import lru_cache

from py_rust_stemmers import SnowballStemmer

_stemmer = SnowballStemmer("english")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English Snowball stem of a lowercase word."""
    return _IRREGULAR.get(word) or str(_stemmer.stem_word(word))


def words(listed: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(listed.split())


def _pairs(listed: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in listed.split())


_IRREGULAR = _pairs(
    "ran:run made:make making:make built:build sent:send kept:keep chosen:choos chose:choos "
    "written:write wrote:write given:give gave:give shown:show found:find held:hold got:get "
    "took:take taken:take went:go gone:go began:begin begun:begin meant:mean lost:lose "
    "children:child indices:index matrices:matrix vertices:vertex data:data dying:die"
)

STOP = words(
    "a an the of to in on at by for with from as is are was were be been being am it its itself "
    "this that these those and or but nor if so then than into onto upon not no do does did doing "
    "done don have has had having you your yours yourself we our ours us i my me they them their "
    "theirs he she his her him there here which who whom whose what when where how why can could "
    "will would shall should may might must just only very too also such same other another each "
    "any all some both either neither about out over under again while because since until though "
    "although however therefore thus hence yet still even ever never always once s t re ve ll d m "
    "let get got via per whether without within cannot isn aren wasn weren doesn didn hasn haven "
    "won wouldn couldn shouldn etc e.g i.e yes"
)

# Words that any sentence may use: their absence from the book says little.
LIGHT = frozenset(
    stem(word)
    for word in words(
        "use need want make give take go come keep put see look find know say tell mean call like "
        "way thing kind sort case example instance point part place time step one two first second "
        "next last new own more most less least many much few several well good best better easy "
        "simple possible able available certain particular specific usual usually normal general "
        "simply directly actually really basically already instead otherwise together available "
        "below above following follow help allow let enable provide offer support require happen "
        "work set get run start show do turn become remain depend based different various whole "
        "every both order fact note please remember sure right left back around away further "
        "number amount lot bit purpose reason result behavior behaviour people person someone "
        "something anything everything nothing now later before after during between against "
        "through up down off automatically exactly correctly properly explicitly immediately"
    )
)

_SYNONYMS = """
run execute invoke call|start launch begin initiate
stop end quit exit terminate kill halt shutdown|create make build generate produce construct
show display print output list view|get obtain retrieve|delete remove erase drop discard
change modify alter edit adjust|set assign configure specify define|use utilize employ
need require demand necessary must|allow permit let enable|prevent avoid forbid
send publish transmit emit|receive get accept|check verify validate test inspect examine
error failure fail crash|parameter argument option|folder directory|file document
command instruction|big large great|small little tiny|fast quick rapid|slow slowly
begin start first|finish complete end|contain include hold comprise|return give yield
wait block pause hang|choose select pick|help assist|explain describe|example sample instance
main primary principal|separate distinct individual|equal same identical
different distinct other|whole entire complete full|part portion piece section
computer machine host|program application software executable|function method routine procedure
value quantity|name identifier|message packet|node process|load import read|save store write keep
find locate discover search|install set|update upgrade refresh|connect link join attach
increase raise grow|decrease reduce lower shrink|improve better enhance|cause lead result
happen occur arise|maximum highest largest upper|minimum lowest smallest lower
fix solve repair resolve|ensure guarantee make|important crucial vital critical essential
usually typically normally generally|often frequently commonly|only just solely
immediately instantly|automatically itself|optional voluntary
mandatory required compulsory necessary|default standard
combine merge join unite|split divide separate|copy duplicate|replace substitute swap
pass give hand|wrong incorrect invalid bad|right correct valid|type kind sort|list array sequence
map dictionary|number integer|text string|belong part|borrow lend|own possess
hide conceal|appear show|rely depend|source origin|goal aim target purpose|task job work
answer reply response respond|ask request query|benefit advantage|drawback disadvantage downside
way manner approach method|setting configuration option|version release|package library module
access reach|ignore skip omit|register add|unused idle|share common|supply provide give offer
collect gather|track follow monitor|convert transform turn translate|declare announce define
represent stand denote|compile build
"""

ANTONYMS = """
increase decrease|increase reduce|raise lower|before after|more less|more fewer|maximum minimum
most least|highest lowest|greater smaller|larger smaller|longer shorter|faster slower|above below
enable disable|start stop|allow prevent|allow forbid|always never|synchronous asynchronous
public private|first last|input output|required optional|mandatory optional|valid invalid
sender receiver|publisher subscriber|client server|internal external|success failure|succeed fail
true false|add remove|create delete|open close|show hide|include exclude|mutable immutable
static dynamic|single multiple|single separate|same different|automatic manual
automatically manually|local global|left right|up down|front back|early late|safe unsafe
signed unsigned|strict loose|compatible incompatible|supported unsupported|encrypted unencrypted
encrypt decrypt|default custom|parent child|source destination|source target|local remote
upper lower|positive negative|push pull|read write|load save|connect disconnect|lock unlock
import export|online offline|old new|one many|possible impossible|visible hidden
blocking nonblocking|known unknown|used unused|empty full|odd even|easy hard|easier harder
easy difficult|cheap expensive|beginning end|request response|on off
"""


def _groups(listed: str) -> list[list[str]]:
    return [
        [stem(word) for word in group.split()] for group in listed.replace("\n", "|").split("|")
    ]


def _related(listed: str) -> dict[str, frozenset[str]]:
    """For each stem the others of its groups."""
    related: dict[str, set[str]] = {}
    for group in _groups(listed):
        for word in group:
            related.setdefault(word, set()).update(other for other in group if other != word)
    return {word: frozenset(others) for word, others in related.items()}


SYNONYM_OF = _related(_SYNONYMS)
ANTONYM_OF = _related(ANTONYMS)

NEGATIONS = words(
    "not no never none neither nor without cannot nobody nothing nowhere hardly barely lack lacks "
    "n't can't don't doesn't didn't won't isn't aren't wasn't weren't shouldn't couldn't wouldn't "
    "hasn't haven't unable"
)
# A claim with one of the first words says more than a source that has none of the first or second.
STRONGER = tuple(
    (words(said), words(said) | words(enough))
    for said, enough in (
        ("all every everything everyone entire always", "each any both whole never"),
        ("only exclusively solely", "just sole alone"),
        ("never none nothing nobody", "no not cannot neither nor without"),
        ("must necessarily", "required requires require need needs needed have has"),
    )
)
