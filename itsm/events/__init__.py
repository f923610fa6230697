"""What machines tell: events come in, alerts stand for what is wrong until it is over, rules make records of them."""
