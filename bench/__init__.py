"""`make bench`: what pages and REST cost over HTTP, beside a bare page and the bare SQL of the same run."""
