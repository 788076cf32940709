"""Read by gunicorn from the folder it is started in; `--access-logfile -` writes access lines."""

logger_class = "plugin.weblog.Logger"
access_log_format = '%(t)s "%(r)s" %(s)s %(B)s %(D)s'
