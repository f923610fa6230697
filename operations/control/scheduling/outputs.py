"""What a job wrote, as text that a page can show."""

CONTROL = {n: None for n in range(32) if n not in (9, 10, 13)} | {127: None}


def text_of(body) -> str | None:
    """As text: UTF-8, else Latin-1 where it reads like a text; None for nothing, a word for what is none."""
    if body is None:
        return None
    raw = bytes(body)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        if is_binary(raw):
            return ""
        text = raw.decode("latin-1")
    return text.translate(CONTROL)


def is_binary(raw: bytes) -> bool:
    """No text: it holds zeros, or many characters that no text has."""
    sample = raw[:4000]
    odd = sum(byte < 32 and byte not in (9, 10, 13, 27) for byte in sample)
    return 0 in sample or odd * 20 > len(sample)
