"""A crowd of invented people, made from a seed: plain accounts that fill a class's lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smapy_nb.sandbox.people.chance import between, pick, whole
from smapy_nb.sandbox.people.person import Person, snowflake

# First and last names, and places, of one script each; ASCII syllables for the handle come from the list below.
_NAMES = (
    (("Ada", "Bruno", "Carla", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Joel", "Kaya", "Liv"),
     ("Albers", "Brand", "Costa", "Diallo", "Evans", "Fontaine", "Garcia", "Holm", "Ito", "Jensen", "Kovač"),
     ("Lyon", "Porto", "Malmö", "Gdańsk", "Turin", "Ghent", "Łódź", "Brno")),
    (("Анна", "Борис", "Вера", "Глеб", "Дарья", "Егор", "Зоя"), ("Волкова", "Громов", "Ершова", "Лисин"),
     ("Казань", "Омск", "Пермь")),
    (("سارة", "عمر", "ليلى", "يوسف", "نور"), ("الأحمد", "الحداد", "النجار", "الصباغ"), ("عمّان", "تونس", "فاس")),
    (("葵", "蓮", "陽菜", "湊", "美咲"), ("青木", "石田", "上野", "森"), ("仙台", "松山", "那覇")),
    (("지우", "서준", "하은", "도윤"), ("김", "박", "최", "한"), ("부산", "대구", "전주")),
    (("अनन्या", "रोहन", "मीरा", "कबीर"), ("शर्मा", "राव", "जोशी"), ("पुणे", "जयपुर", "कोच्चि")),
    (("Ελένη", "Νίκος", "Ιωάννα"), ("Παππάς", "Βλάχος", "Δήμου"), ("Πάτρα", "Χανιά")),
)  # fmt: skip
_BEFORE = ("the", "real", "just", "dr", "miss", "my", "hey", "old", "data", "city", "bike", "tea", "ink", "map")
_AFTER = ("fox", "reads", "maps", "notes", "lab", "walks", "codes", "bakes", "runs", "draws", "sings", "votes")
_BIOS = (
    "Coffee, cats and regression models.", "Opinions are my toaster's.", "PhD student. Send help or data.",
    "Writes about cities & trains 🚆", "she/her · likes maps", "Local history, one photo a day 📷", "",
    "Teaching statistics to people who hate it. #rstats", "Nothing to see here.", "Ex-journalist, now gardener 🌱",
    "Retweets ≠ reading the article", "Volleyball | Linguistics | Soup", "Tengo más plantas que amigos.",
    "Je parle à mes plantes, elles répondent.", "Halb Mensch, halb Kaffee ☕", "日々のこと。", "",
)  # fmt: skip
_CURVES = ("steady",) * 12 + ("viral", "decline", "decline", "bought", "dormant", "dormant", "dormant")


def crowd(many: int, seed: int) -> list[Person]:
    """Return `many` invented people, the same for the same `seed` on every machine."""
    people: dict[str, Person] = {}
    number = 0
    while len(people) < many:
        person = _person(number, seed)
        people.setdefault(person.handle.casefold(), person)
        number += 1
    return list(people.values())


def _person(number: int, seed: int) -> Person:
    who = f"{seed}:{number}"
    firsts, lasts, places = pick(_NAMES, who, "script")
    first, last = pick(firsts, who, "first"), pick(lasts, who, "last")
    tail = whole(who, "tail") % 10_000
    stem = (pick(_BEFORE, who, "before"), pick(_AFTER, who, "after"))
    handle = ("_".join(stem) if whole(who, "style") % 2 else "".join(stem).title())[:10] + str(tail)
    created = datetime(2016, 3, 1, tzinfo=UTC) + timedelta(milliseconds=whole(who, "born") % 283_000_000_000)
    # Follower counts as they are in a real crowd: most have few, a few have very many.
    followers = int(10 ** between(0.3, 5.2, who, "followers"))
    posts = int(10 ** between(0, 4.4, who, "posts"))
    return Person(
        id=snowflake(created, whole(who, "sequence")),
        handle=handle,
        name=f"{first} {last}",
        created=created,
        description=pick(_BIOS, who, "bio"),
        location=pick(places, who, "place") if whole(who, "place?") % 3 else "",
        url=f"https://{handle.lower().replace('_', '-')}.example.net/" if whole(who, "url?") % 4 == 0 else "",
        followers=followers,
        following=int(10 ** between(0.5, 3.3, who, "following")),
        posts=posts,
        listed=followers // 120,
        likes=int(10 ** between(0, 4.2, who, "likes")),
        media=posts // 6,
        verified="blue" if whole(who, "verified") % 9 == 0 else "none",
        protected=whole(who, "protected") % 15 == 0,
        growth=pick(_CURVES, who, "growth"),
    )
