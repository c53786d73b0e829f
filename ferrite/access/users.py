"""Users: all users of one server, by name.

Rule: a change happens whole or not at all: rules are tried on a copy first. A User stays the same
object as long as it exists, so whoever holds one sees its rights of now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ferrite.access.selector import RuleError, has_spaces
from ferrite.access.user import DEFAULT_USER, User, join_selectors
from ferrite.access.vocabulary import Vocabulary

_NAME_WITH_SPACES = "Usernames can't contain spaces or null characters"


class AclFileError(ValueError):
    """The users of a file or a configuration cannot be; the text says where and why."""


class Users:
    """Who can log in to one server."""

    def __init__(self, vocabulary: Vocabulary, all_channels: Callable[[], bool]) -> None:
        """`all_channels`: whether new users may use every channel, as configured now."""
        self._vocabulary = vocabulary
        self._all_channels = all_channels
        self.default = User.almighty(vocabulary)
        """Whom a client is before it logs in."""
        self._users = {DEFAULT_USER: self.default}

    def __iter__(self) -> Iterator[User]:
        """By name."""
        return iter([self._users[name] for name in sorted(self._users)])

    def get(self, name: bytes) -> User | None:
        """The user of a name."""
        return self._users.get(name)

    @property
    def must_log_in(self) -> bool:
        """Whether a new client has to log in before anything else."""
        return not (self.default.enabled and self.default.nopass)

    def authenticate(self, name: bytes, password: bytes) -> User | None:
        """The user whom name and password belong to."""
        user = self._users.get(name)
        return user if user is not None and user.accepts(password) else None

    def set_default_password(self, password: bytes) -> None:
        """The directive `requirepass`: an empty password asks for none."""
        self.default.change((b"resetpass", b">" + password if password else b"nopass"))

    def changed(self, name: bytes, words: Sequence[bytes]) -> User:
        """What a user would be after the rules; a new one where there is none of that name.

        Raises RuleError, whose text is the whole message.
        """
        if has_spaces(name):
            raise RuleError(_NAME_WITH_SPACES)
        user = self._new(name)
        known = self._users.get(name)
        if known is not None:
            user.become(known)
        for rule in join_selectors(words):
            try:
                user.apply(rule)
            except RuleError as error:
                shown = rule.decode("utf-8", "surrogateescape")
                raise RuleError(f"Error in ACL SETUSER modifier '{shown}': {error}") from error
        return user

    def put(self, user: User) -> None:
        """Have a user be as `changed` has made it."""
        known = self._users.get(user.name)
        if known is None:
            self._users[user.name] = user
        else:
            known.become(user)

    def delete(self, name: bytes) -> User | None:
        """Take a user out; whom that was. The default user stays: asking for it is a mistake."""
        if name == DEFAULT_USER:
            raise ValueError("The 'default' user cannot be removed")
        return self._users.pop(name, None)

    # --- from and to text ---------------------------------------------------------------------

    def to_text(self) -> bytes:
        """All users as an ACL file."""
        return b"".join(user.describe() + b"\n" for user in self)

    def read_text(self, text: bytes, name: str) -> list[User]:
        """Be the users of an ACL file, which messages call `name`; the users who are no more.

        The default user is always there, and the same object. Raises AclFileError.
        """
        found, errors = self._parse(text, name)
        if errors:
            raise AclFileError(
                "".join(errors)
                + "WARNING: ACL errors detected, no change to the previously active ACL rules "
                "was performed"
            )
        default = found.pop(DEFAULT_USER, User.almighty(self._vocabulary))
        gone = [user for user in self if user is not self.default]
        self.default.become(default)
        self._users = {DEFAULT_USER: self.default, **found}
        return gone

    def _parse(self, text: bytes, name: str) -> tuple[dict[bytes, User], list[str]]:
        found: dict[bytes, User] = {}
        errors: list[str] = []
        for number, line in enumerate(text.split(b"\n"), 1):
            words = line.strip(b" \t\r\n").split(b" ")
            if words == [b""]:
                continue
            where = f"{name}:{number}"
            if words[0] != b"user" or len(words) < 2:
                errors.append(f"{where} should start with user keyword followed by the username. ")
                continue
            shown = words[1].decode("utf-8", "surrogateescape")
            if has_spaces(words[1]):
                errors.append(f"'{where}: username '{shown}' contains invalid characters. ")
            elif words[1] in found:
                errors.append(f"WARNING: Duplicate user '{shown}' found on line {number}. ")
            else:
                found[words[1]] = self._new(words[1])
                errors += _apply_line(found[words[1]], words[2:], where)
        return found, errors

    def read_lines(self, lines: Sequence[Sequence[bytes]]) -> None:
        """Take in users of the configuration: name and rules each. Raises AclFileError."""
        for name, *words in lines:
            shown = name.decode("utf-8", "surrogateescape")
            if has_spaces(name):
                raise AclFileError("Spaces not allowed in ACL usernames")
            user = self._new(name)
            if name == DEFAULT_USER:
                user.apply(b"reset")
            for rule in _joined(words, f"user '{shown}'"):
                try:
                    user.apply(rule)
                except RuleError as error:
                    text = rule.decode("utf-8", "surrogateescape")
                    raise AclFileError(
                        f"Error loading ACL rule '{text}' for the user named '{shown}': {error}"
                    ) from error
            self.put(user)

    def _new(self, name: bytes) -> User:
        return User(name, self._vocabulary, all_channels=self._all_channels())


def _apply_line(user: User, words: Sequence[bytes], where: str) -> list[str]:
    """Apply the rules of one line of an ACL file; what is wrong with them."""
    errors: list[str] = []
    syntax_error = False
    try:
        rules = join_selectors(words)
    except RuleError:
        return [f"{where}: Unmatched parenthesis in selector definition."]
    for rule in rules:
        stripped = rule.strip(b"\t\r\n")
        try:
            user.apply(stripped)
        except RuleError as error:
            if error.is_unknown_name:
                shown = stripped.decode("utf-8", "surrogateescape")
                errors.append(f"{where}: Error in applying operation '{shown}': {error}. ")
            elif not syntax_error:
                # What follows a rule that could not be applied is wrong for that alone.
                errors.append(f"{where}: {error}. ")
                syntax_error = True
    return errors


def _joined(words: Sequence[bytes], what: str) -> list[bytes]:
    try:
        return join_selectors(words)
    except RuleError as error:
        raise AclFileError(f"{what}: {error}") from error
