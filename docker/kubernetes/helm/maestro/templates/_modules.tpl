{{/* The modules, with the default ports of Maestro. `cluster`: it calls the API of Kubernetes. */}}
{{- define "maestro.modules" -}}
management-api: {internal: 8081, http: 8080, grpc: 8082, token: MAESTRO_MANAGEMENT_TOKEN}
rooms-api: {internal: 8071, http: 8070, grpc: 8072, token: MAESTRO_ALLOCATION_TOKEN}
worker: {internal: 8051, cluster: true}
runtime-watcher: {internal: 8061, cluster: true}
metrics-reporter: {internal: 8041}
events-forwarder: {internal: 8031}
beat: {internal: 8021}
flower: {internal: 8011, http: 5555, token: MAESTRO_FLOWER_BASIC_AUTH}
{{- end }}

{{- define "maestro.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "maestro.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "maestro.fullname" .) }}
{{- end }}

{{/* What objects of the whole cluster are called: there may be more than one installation. */}}
{{- define "maestro.clusterName" -}}
{{ .Release.Namespace }}-{{ include "maestro.fullname" . }}
{{- end }}

{{- define "maestro.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "maestro.labels" -}}
{{ include "maestro.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
