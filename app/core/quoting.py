"""What somebody wrote in an answer by mail, told from what it answers and from what mail programs add."""

import re

MARK = "##-"
"""Begins the line of our letters above which the answer is written."""
LONGEST_MARK = 80
_ORIGINAL = re.compile(
    r"(?:[-_ >]|&nbsp;)*(original message|replied message|original-nachricht|ursprüngliche nachricht"
    r"|message d['’]origine|mensaje original|messaggio originale"
    r"|回复的原邮件|原始邮件|原邮件|原始郵件|原始信件|转发邮件)(?:[-_ ]|&nbsp;)*",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-_=* ]{5,}")
_HEAD = re.compile(
    r"[>|* ]*(?P<name>from|sent|to|cc|date|subject|reply-to|发件人|发送时间|收件人|抄送|抄送人|日期|时间|主题|回复"
    r"|寄件者|寄件人|傳送時間|傳送日期|收件者|收件人|副本|主旨"
    r"|von|gesendet|an|datum|betreff|de|enviado|para|asunto|envoyé|à|objet|da|inviato|a|oggetto)\*? ?[:：|].*",
    re.IGNORECASE,
)
_SENDERS = frozenset({"from", "发件人", "寄件者", "寄件人", "von", "de", "da"})
_SUBJECTS = frozenset({"subject", "主题", "主旨", "betreff", "asunto", "objet", "oggetto"})
_WROTE = re.compile(r".*(\bwrote\b|写道|寫道|\bschrieb\b|écrit|\bescribió\b|\bscritto\b|@).*", re.IGNORECASE)
_SAID = re.compile(r".*(\d{4}|@).*")
_DEVICE = re.compile(
    r"(sent from my |sent from outlook|get outlook for |发自我的|發自我的|从 ?windows 版|获取 ?outlook"
    r"|von meinem .{1,40} gesendet|envoyé de mon |enviado desde mi |inviato da ).{0,80}",
    re.IGNORECASE,
)
"""What telephones write under a letter."""
LONGEST_ATTRIBUTION = 3
"""Lines of “On Monday … wrote:”."""


def newly_written(text: str) -> str:
    """A letter's text without what it answers, and without a signature.

    Our letters carry a line that begins with MARK: from there on all is quoted, and what a mail program set over it
    goes too. Where somebody took that line away, what is quoted at the end goes.
    """
    lines = text.replace("\xa0", " ").split("\n")
    said: list[str] = []
    for line in lines:
        marked = _marked(line)
        said.append(line[:marked])
        if marked is not None:
            break
        if line in {"-- ", "--"} or _ORIGINAL.fullmatch(line[:200].strip()):
            said.pop()
            break
    _strip(said)
    del said[len(said) - _heading(said) :]
    _strip(said)
    del said[len(said) - _attribution(said) :]
    _strip(said)
    if said and _DEVICE.fullmatch(said[-1].strip()):
        said.pop()
    return "\n".join(line.rstrip() for line in said).strip()


def _marked(line: str) -> int | None:
    """Where our line begins: behind nothing but signs of quoting, or whole, where a program ran lines together."""
    place = line.find(MARK)
    if place < 0 or not (line[:place].strip(">|* \t") == "" or f" -{MARK[:2]}" in line[place : place + LONGEST_MARK]):
        return None
    return place


def _strip(said: list[str]) -> None:
    """Take away what is empty or quoted at the end."""
    while said and (not (bare := said[-1].strip()) or bare.startswith(">") or _RULE.fullmatch(bare[:500])):
        said.pop()


def _heading(said: list[str]) -> int:
    """How many of the last lines repeat the head of a letter: from whom and about what, at least."""
    names: list[str] = []
    for line in reversed(said):
        found = _HEAD.fullmatch(line.strip()[:500])
        if found is None:
            break
        names.append(found["name"].casefold())
    return len(names) if not _SENDERS.isdisjoint(names) and not _SUBJECTS.isdisjoint(names) else 0


def _attribution(said: list[str]) -> int:
    """Over how many of the last lines somebody is said to have written something."""
    if not said or not said[-1].rstrip().endswith((":", "：")):
        return 0
    for count in range(1, LONGEST_ATTRIBUTION + 1):
        if count > len(said) or not said[-count].strip():
            return 0
        if _SAID.fullmatch(said[-count][:500]):
            whole = " ".join(line.strip()[:500] for line in said[-count:])
            return count if _WROTE.fullmatch(whole) else 0
    return 0
