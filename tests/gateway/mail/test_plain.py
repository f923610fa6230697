"""HTML of mails: what it says as text, and what is left of it in a browser."""

import pytest

from itsm.gateway.mail import cutting, letters, plain


def test_paragraphs_lists_quotations_and_rules_become_lines():
    html = "<p>Un <b>deux</b></p><ul><li>a</li><li>b</li></ul><blockquote>vieux<blockquote>plus vieux</blockquote></blockquote><hr>fin"
    assert plain.text_of(html).split("\n") == [
        "Un deux", "", "- a", "- b", "", "> vieux", ">", "> > plus vieux", "> >", plain.RULE, "fin",
    ]  # fmt: skip


def test_scripts_styles_and_titles_say_nothing():
    html = "<head><title>T</title><style>p{}</style></head><script>x</script><p>Hi&nbsp;&eacute;</p>"
    assert plain.text_of(html) == "Hi\xa0é"


@pytest.mark.parametrize(
    "html",
    [
        "<a " * 20_000,
        "<!--" * 20_000,
        "<![CDATA[" * 20_000,
        "<?" * 20_000,
        "</" * 20_000,
        "&#" * 20_000,
        "<a b='" * 20_000,
        "<div>" * 20_000,
    ],
)
def test_html_that_is_meant_to_stop_its_readers_is_read(html):
    # Each of these took the libraries minutes; the suite's own limit tells when one does again.
    assert isinstance(plain.text_of(f"<p>Hi</p>{html}"), str)
    assert "Hi" in plain.sanitised(f"<p>Hi</p>{html}")


@pytest.mark.parametrize("line", [",", " ", "-", "_", ". ", "> ", "* "])
def test_a_line_that_is_meant_to_stop_its_readers_is_read(line):
    # The same: a line of commas took the square of its length.
    assert cutting.reply_of(f"Oui.\n\na{line * 150_000}b\n\nfin", sender="Claire Fontaine").startswith("Oui.")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain; " + b";" * 2_000_000,
        b"Content-Disposition: inline; " + b'a="b";' * 300_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 200_000,
        b"To: " + b"a@b.test, " * 200_000,
        b"References: " + b"<aaaa " * 200_000,
    ],
)
def test_a_header_that_is_meant_to_stop_its_readers_is_read(head):
    letter = letters.read(b"From: a@b.test\n" + head + b"\n\nBonjour")
    assert (letter.sender, letter.text) == ("a@b.test", "Bonjour")


@pytest.mark.parametrize(
    "mail",
    [
        b"From: a@b.test\n" + b"X: y\n" * (letters.MOST_HEADERS + 1) + b"\nBonjour",
        b"From: a@b.test\nContent-Type: multipart/mixed; boundary=q\n" + b"\n--q\n\na" * (letters.MOST_BOUNDARIES + 1),
    ],
)
def test_a_mail_of_too_many_pieces_is_not_taken_apart(mail):
    assert letters.read(mail).problem.reason == letters.TOO_MUCH


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Oui.\n\nDe : Vigie <v@x.fr>\nEnvoyé : lundi\nÀ : Claire\nObjet : Écran\n\nvieux", "Oui."),
        ("Oui.\n\n-----Message d'origine-----\nDe : x\nvieux", "Oui."),
        ("Oui.\n\nLe lun. 30 nov. 2026 à 09:00, Vigie <v@x.fr> a\nécrit :\n\n> vieux", "Oui."),
        ("Le 30 nov. 2026 à 09:00, Vigie <v@x.fr> a écrit :\n> vieux\n\nOui, c’est bien cela, je confirme.", "Oui, c’est bien cela, je confirme."),
        ("Oui.\n\nCordialement,\nClaire Fontaine\n01 23 45 67 89", "Oui."),
        ("Merci beaucoup.\n\nMais l’écran clignote encore, toujours à la même heure, et c’est pénible.", None),
        ("Voici :\n- un\n- deux\n- trois", None),
        ("Nom : Durand\nService : Paie\nPoste : 12", None),
        ("Oui.\n\nEnvoyé depuis mon téléphone", "Oui."),
        ("> vieux", "> vieux"),
    ],
)  # fmt: skip
def test_answers_are_cut_and_nothing_that_was_written_is_lost(text, said):
    assert cutting.reply_of(text, sender="Claire Fontaine") == (text if said is None else said)
