"""Backup and restore of a whole instance: database, git repositories, large objects, secrets.

A backup folder has two pools, `objects/` and `repositories/`, whose files never change under their name, and
a folder for each backup below `backups/`: what the database was at one moment, and which files of the pools
belong to it. Only a finished backup has a manifest.
"""
