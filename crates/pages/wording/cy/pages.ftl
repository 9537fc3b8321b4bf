### Yr hyn y mae pob tudalen yn ei ddweud, a thudalen gyntaf log.

service-name = Counterpart
error-before-title = Gwall:

log-title = Log o recordiadau
log-name = Enw'r log hwn
log-content = Ei gynnwys
