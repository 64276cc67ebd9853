"""Zips folders so that the same content gives the same bytes. local/deploy/deploy.ts runs this.

Usage: zip_folders.py <folder> <zip file> [<folder> <zip file> ...]
"""

import os
import sys
import zipfile

# The earliest time that a zip file can hold. File times of a checkout are meaningless.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def zip_folder(folder, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for parent, folders, files in os.walk(folder, followlinks=True):
            folders.sort()
            for name in sorted(files):
                file = os.path.join(parent, name)
                entry = zipfile.ZipInfo(os.path.relpath(file, folder), TIMESTAMP)
                entry.external_attr = os.stat(file).st_mode << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                with open(file, "rb") as source:
                    archive.writestr(entry, source.read())


if __name__ == "__main__":
    for pair in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        zip_folder(*pair)
