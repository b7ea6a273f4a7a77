"""A server that answers GET /2/users/by with full users, as fast as one process can, after an adjustable delay.

Checks nothing: what is measured against it is the client. Prints its port. `python stub.py DELAY_IN_MS`.
"""

from __future__ import annotations

import asyncio
import sys
from zlib import crc32

BIOS = (
    "Reporter. Coffee, trains, maps. Opinions are borrowed.",
    "Официальный аккаунт. Новости, фото и видео круглосуточно 🗞️",
    "Astronomer at the Institute for Things Far Away ✨ she/her. Tweets about dust, mostly. Newsletter below ⬇️",
    "",
    "We fix bicycles and, on Tuesdays, clocks. Visit us in the old harbour, second door on the left after the crane.",
)
PLACES = ("Lisbon", "Санкт-Петербург", "Nairobi, Kenya", "here and there", "")


def tail(number: int, word: str) -> bytes:
    """Return the part of a user that does not depend on the handle; `word` is the dialect's, tweet or post."""
    bio, place = BIOS[number % 5], PLACES[(number // 5) % 5]
    day = f"20{number % 14 + 8:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:35:55.000Z"
    optional = (f',"description":"{bio}"' if bio else "") + (f',"location":"{place}"' if place else "")
    if number % 3:
        link = f'"url":"https://t.co/{number:010x}"'
        optional += f',{link},"entities":{{"url":{{"urls":[{{"start":0,"end":23,{link},'
        optional += f'"expanded_url":"https://example.org/{number}","display_url":"example.org/{number}"}}]}}}}'
    return (
        f'"created_at":"{day}","verified":{"true" if number % 4 == 0 else "false"},'
        f'"verified_type":"{"blue" if number % 4 == 0 else "none"}",'
        f'"protected":{"true" if number % 40 == 0 else "false"},'
        f'"profile_image_url":"https://pbs.twimg.com/profile_images/{number * 7919}/photo_normal.jpg",'
        f'"profile_banner_url":"https://pbs.twimg.com/profile_banners/{number * 104729}/1500x500",'
        f'"pinned_{word}_id":"{1700000000000000000 + number}","public_metrics":{{"followers_count":{number * 37},'
        f'"following_count":{number},"{word}_count":{number * 11},"listed_count":{number % 90},'
        f'"like_count":{number * 5},'
        f'"media_count":{number % 300}}}{optional}}}'
    ).encode()


TAILS = {word: [tail(number, word) for number in range(1000)] for word in ("tweet", "post")}


def user(handle: bytes, tails: list[bytes]) -> bytes:
    number = crc32(handle)
    return b'{"id":"%d","username":"%b","name":"%b",%b' % (
        10**15 + number,
        handle,
        handle.title(),
        tails[number % 1000],
    )


class Server(asyncio.Protocol):
    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.seen = transport, b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while (end := self.seen.find(b"\r\n\r\n")) >= 0:
            head, self.seen = self.seen[:end], self.seen[end + 4 :]
            query = head[: head.find(b" HTTP/1")].partition(b"usernames=")[2].partition(b"&")[0]
            handles = query.replace(b"%2C", b",").split(b",")
            tails = TAILS["tweet" if b"pinned_tweet_id" in head else "post"]
            body = b'{"data":[' + b",".join([user(handle, tails) for handle in handles]) + b"]}"
            answer = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
                % (len(body), body)
            )
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)
            else:
                self.transport.write(answer)


async def serve() -> None:
    Server.delay = float(sys.argv[1]) / 1000
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
