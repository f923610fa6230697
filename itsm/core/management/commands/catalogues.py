from django.core.management.base import BaseCommand, CommandError

from itsm.core import catalogues


class Command(BaseCommand):
    help = "Extracts, compiles or checks the French catalogues, one an app."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--app", help="only this app")
        parser.add_argument("--compile", action="store_true", help="write the .mo files that are out of date")
        parser.add_argument("--check", action="store_true", help="fail when French is incomplete")
        parser.add_argument("--missing", action="store_true", help="list what has no French yet")

    def handle(self, *args, **options):
        labels = [options["app"]] if options["app"] else list(catalogues.own_apps())
        if options["compile"]:
            self.stdout.write(f"{catalogues.compile_all()} catalogues compiled")
            return
        if options["missing"]:
            for label in labels:
                for text in catalogues.missing(label):
                    self.stdout.write(f"{label}\t{text!r}")
            return
        if options["check"]:
            found = [fault for label in labels for fault in catalogues.faults(label)] + catalogues.quarrels(labels)
            if found:
                raise CommandError("\n".join(found))
            self.stdout.write("French is complete")
            return
        changed = [label for label in labels if catalogues.write(label)]
        self.stdout.write(f"Written: {', '.join(changed) or 'nothing'}")
