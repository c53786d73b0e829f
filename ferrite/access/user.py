"""User: a name, passwords, and one or more selectors. https://redis.io/commands/acl-setuser/

Rule: passwords are kept as SHA-256 digests only. A request is allowed when one selector allows all
of it; rights of several selectors do not add up.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence

from ferrite.access.selector import Access, Denial, Reason, RuleError, Selector, access_of
from ferrite.access.vocabulary import Ruled, Vocabulary
from ferrite.protocol.inline import split_inline

DEFAULT_USER = b"default"
_DIGEST = re.compile(rb"[0-9a-f]{64}")
_BAD_DIGEST = (
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
    "characters"
)
_NO_SUCH_PASSWORD = "The password you are trying to remove from the user does not exist"


class User:
    """Who a client is, and what it may do."""

    def __init__(self, name: bytes, vocabulary: Vocabulary, *, all_channels: bool) -> None:
        """A new one is off, has no password, and may do nothing."""
        self.name = name
        self._vocabulary = vocabulary
        self._all_channels = all_channels
        self.enabled = False
        self.nopass = False
        self.sanitize_payload: bool | None = None
        """As the flag of that name says; None where it was never said."""
        self.passwords: dict[bytes, None] = {}
        """SHA-256 digests in hexadecimal, in the order they came."""
        self.selectors = [Selector(vocabulary, all_channels=all_channels)]
        """The first is the user's own, the others were set in parentheses."""
        self.unrestricted = False
        """Whether nothing can be refused to this user; what dispatch asks first."""

    @classmethod
    def almighty(cls, vocabulary: Vocabulary) -> User:
        """The default user as a server has it that nobody has configured."""
        user = cls(DEFAULT_USER, vocabulary, all_channels=False)
        user.change((b"+@all", b"~*", b"&*", b"on", b"nopass"))
        return user

    def become(self, other: User) -> None:
        """Take over everything but the name."""
        self.enabled, self.nopass = other.enabled, other.nopass
        self.sanitize_payload = other.sanitize_payload
        self.passwords = other.passwords.copy()
        self.selectors = [selector.copy() for selector in other.selectors]
        self.unrestricted = other.unrestricted

    def change(self, rules: Iterable[bytes], *, all_channels: bool | None = None) -> None:
        """Apply rules in order; `all_channels` is what new selectors and `reset` begin with.

        Raises RuleError with the rules before the wrong one applied.
        """
        if all_channels is not None:
            self._all_channels = all_channels
        for rule in rules:
            self.apply(rule)

    def apply(self, rule: bytes) -> None:
        """Change by one rule of ACL SETUSER, a selector's in parentheses. Raises RuleError."""
        word = rule.lower()
        if word in (b"on", b"off"):
            self.enabled = word == b"on"
        elif word in (b"skip-sanitize-payload", b"sanitize-payload"):
            self.sanitize_payload = word == b"sanitize-payload"
        elif word in (b"nopass", b"resetpass"):
            self.nopass = word == b"nopass"
            self.passwords.clear()
        elif rule[:1] in (b">", b"#", b"<", b"!"):
            self._change_password(rule[:1], rule[1:])
        elif rule[:1] == b"(" and rule[-1:] == b")":
            self._add_selector(rule[1:-1])
        elif word == b"clearselectors":
            del self.selectors[1:]
        elif word == b"reset":
            self._reset()
        elif rule:
            self.selectors[0].apply(rule)
        self.unrestricted = any(selector.unrestricted for selector in self.selectors)

    def _change_password(self, sign: bytes, password: bytes) -> None:
        if sign in (b">", b"<"):
            digest = hashlib.sha256(password).hexdigest().encode()
        elif _DIGEST.fullmatch(password):
            digest = password
        else:
            raise RuleError(_BAD_DIGEST)
        if sign in (b">", b"#"):
            self.passwords[digest] = None
            self.nopass = False
        elif digest in self.passwords:
            del self.passwords[digest]
        else:
            raise RuleError(_NO_SUCH_PASSWORD)

    def _add_selector(self, text: bytes) -> None:
        rules = split_inline(text)
        if rules is None:
            raise RuleError(RuleError.SYNTAX)
        selector = Selector(self._vocabulary, all_channels=self._all_channels)
        for rule in rules:
            selector.apply(rule)
        self.selectors.append(selector)

    def _reset(self) -> None:
        self.enabled = self.nopass = False
        self.sanitize_payload = True
        self.passwords.clear()
        self.selectors = [Selector(self._vocabulary, all_channels=self._all_channels)]

    # --- verdicts -----------------------------------------------------------------------------

    def accepts(self, password: bytes) -> bool:
        """Whether it logs this user in; none does while the user is off."""
        digest = hashlib.sha256(password).hexdigest().encode()
        # Every digest is compared, in a time that tells nothing of where they differ.
        fits = sum(hmac.compare_digest(digest, known) for known in self.passwords)
        return self.enabled and (self.nopass or fits > 0)

    def denial(self, command: Ruled, request: Sequence[bytes]) -> Denial | None:
        """Why a request is refused; None when it is not.

        Of several selectors' reasons the weightiest counts, and of equal ones the last item.
        """
        if self.unrestricted:
            return None
        keys = [(index, access_of(flags)) for index, flags in command.accesses(request)]
        channels = command.channels_in(request)
        worst = Denial(Reason.COMMAND)
        for selector in self.selectors:
            denial = selector.denial(command, request, keys, channels)
            if denial is None:
                return None
            if (denial.reason, denial.index) > (worst.reason, worst.index):
                worst = denial
        return worst

    def may_access_key(self, key: bytes, access: Access) -> bool:
        """Whether one of the selectors allows this to be done to a key."""
        return any(selector.may_access_key(key, access) for selector in self.selectors)

    def may_access_every_key(
        self, command: Ruled, request: Sequence[bytes], access: Access
    ) -> bool:
        """Whether a selector that allows a request lets this be done to every key as well."""
        keys = [(index, access_of(flags)) for index, flags in command.accesses(request)]
        channels = command.channels_in(request)
        return any(
            selector.may_access_every_key(access)
            and selector.denial(command, request, keys, channels) is None
            for selector in self.selectors
        )

    def may_access_channel(self, channel: bytes, *, pattern: bool) -> bool:
        """Whether one of the selectors allows a channel, or a pattern to subscribe to."""
        return any(
            selector.may_access_channel(channel, pattern=pattern) for selector in self.selectors
        )

    # --- description --------------------------------------------------------------------------

    @property
    def flags(self) -> list[bytes]:
        """As ACL GETUSER has them."""
        flags = [b"on" if self.enabled else b"off"]
        if self.nopass:
            flags.append(b"nopass")
        if self.sanitize_payload is not None:
            flags.append(b"sanitize-payload" if self.sanitize_payload else b"skip-sanitize-payload")
        return flags

    def describe(self) -> bytes:
        """The line of ACL LIST and of the ACL file."""
        first, *others = (selector.describe() for selector in self.selectors)
        passwords = (b"#" + digest for digest in self.passwords)
        selectors = (b"(" + each + b")" for each in others)
        return b" ".join((b"user", self.name, *self.flags, *passwords, first, *selectors))


def join_selectors(words: Sequence[bytes]) -> list[bytes]:
    """Rules of which a selector's may be spread over several words: one word a rule.

    Raises RuleError, whose text is the whole message, for a parenthesis that is not closed.
    """
    rules: list[bytes] = []
    opened: list[bytes] = []
    for word in words:
        if opened:
            opened.append(word)
        elif word[:1] == b"(" and word[-1:] != b")":
            opened = [word]
            continue
        else:
            rules.append(word)
            continue
        if word[-1:] == b")":
            rules.append(b" ".join(opened))
            opened = []
    if opened:
        shown = opened[0].decode("utf-8", "surrogateescape")
        raise RuleError(f"Unmatched parenthesis in acl selector starting at '{shown}'.")
    return rules
